import { describe, expect, it } from "vitest";
import { branchTo, buildMessageTree, latestLeafBelow, versionsOf } from "./buildMessageTree.js";
import { testMessage } from "./testMessage.js";

const question = testMessage("m1", undefined);
const first = testMessage("m2", "m1", { role: "assistant" });
const second = testMessage("m3", "m1", { role: "assistant" });
const followUp = testMessage("m4", "m2");
const answer = testMessage("m5", "m4", { role: "assistant" });
const tree = buildMessageTree([second, answer, question, followUp, first]);
const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id);

describe("buildMessageTree", () => {
  it("orders versions by time, whatever order they come in", () => {
    expect(ids(versionsOf(tree, second))).toEqual(["m2", "m3"]);
  });

  it("walks from the root to the head", () => {
    expect(ids(branchTo(tree, "m5"))).toEqual(["m1", "m2", "m4", "m5"]);
    expect(ids(branchTo(tree, "m3"))).toEqual(["m1", "m3"]);
  });

  it("shows the newest branch when the head is not known", () => {
    expect(ids(branchTo(tree, undefined))).toEqual(["m1", "m3"]);
    expect(ids(branchTo(tree, "gone"))).toEqual(["m1", "m3"]);
  });

  it("goes on below a chosen version to where its branch ends", () => {
    expect(latestLeafBelow(tree, "m2")).toBe("m5");
    expect(latestLeafBelow(tree, "m3")).toBe("m3");
  });

  it("is empty for no messages", () => {
    expect(branchTo(buildMessageTree([]), undefined)).toEqual([]);
  });
});

describe("broken trees", () => {
  it("keeps a message whose parent is missing", () => {
    expect(ids(branchTo(buildMessageTree([testMessage("m7", "gone")]), "m7"))).toEqual(["m7"]);
  });

  it("ends in a circle of parents", () => {
    const circle = buildMessageTree([testMessage("m1", "m2"), testMessage("m2", "m1")]);
    expect(branchTo(circle, "m1")).toHaveLength(2);
    expect(latestLeafBelow(circle, "m1")).toBeDefined();
  });
});
