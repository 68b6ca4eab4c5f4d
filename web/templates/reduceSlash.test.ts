import { describe, expect, it } from "vitest";
import { initialSlash, matchTemplates, reduceSlash, type SlashEvent, slashQuery } from "./reduceSlash.js";

const named = (...names: string[]) => names.map((name) => ({ name, text: "", editable: false }));
const stateAfter = (...events: SlashEvent[]) => events.reduce(reduceSlash, initialSlash);

it("begins with a slash that begins the message, and is over with the first line", () => {
  expect(slashQuery("/")).toBe("");
  expect(slashQuery("/tran")).toBe("tran");
  for (const draft of ["", "a/b", " /x", "/x\n"]) expect(slashQuery(draft)).toBeUndefined();
});

it("finds by any part of the name, the beginning first", () => {
  const all = named("ai-dialog", "chatbot", "my bot", "Bot two");
  expect(matchTemplates(all, "bot").map(({ name }) => name)).toEqual(["Bot two", "chatbot", "my bot"]);
  expect(matchTemplates(all, "")).toEqual(all);
  expect(matchTemplates(all, "etc/passwd")).toEqual([]);
});

describe("the menu", () => {
  it("begins at the first row again with every letter", () => {
    expect(stateAfter({ type: "moved", to: 2 }).active).toBe(2);
    expect(stateAfter({ type: "moved", to: 2 }, { type: "draftChanged", draft: "/a" }).active).toBe(0);
  });

  it("stays closed while the slash is there, and opens with the next one", () => {
    const closed = stateAfter({ type: "closed" }, { type: "draftChanged", draft: "/etc" });
    expect(closed.closed).toBe(true);
    expect(reduceSlash(closed, { type: "draftChanged", draft: "" }).closed).toBe(false);
  });
});
