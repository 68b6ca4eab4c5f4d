import { describe, expect, it } from "vitest";
import { type AppState, initialState } from "./AppState.js";
import { leftOut } from "./leftOut.js";
import { testCount, testMessage } from "./testMessage.js";

const messages = {
  m1: testMessage("m1", undefined),
  m2: testMessage("m2", "m1", { role: "assistant" }),
  m3: testMessage("m3", "m2"),
  m4: testMessage("m4", "m3", { role: "assistant", readFromMessageId: "m3", summary: "Before." }),
};
const stateWith = (chat: Partial<AppState["chat"]>): AppState => ({
  ...initialState,
  chat: { ...initialState.chat, messages, headId: "m4", ...chat },
});
const writing = (readFromMessageId?: string, headId = "m4") => ({
  count: {
    headId,
    draft: "And?",
    ...testCount(40, 5),
    ...(readFromMessageId === undefined ? {} : { readFromMessageId }),
  },
});

describe("leftOut", () => {
  it("tells what the last reply was made without", () => {
    expect(leftOut(stateWith({}))).toEqual({ notSentAbove: "m3", summary: "Before." });
    expect(leftOut(stateWith({ headId: "m2" }))).toEqual({ notSentAbove: undefined, summary: undefined });
  });

  it("tells what a message that is being written would be sent without", () => {
    expect(leftOut(stateWith({ headId: "m2", ...writing("m1", "m2") }))).toMatchObject({ notSentAbove: "m1" });
    expect(leftOut(stateWith(writing("draft")))).toEqual({ notSentAbove: "draft", summary: undefined });
    expect(leftOut(stateWith(writing("m3")))).toEqual({ notSentAbove: "m3", summary: "Before." });
    // A count of another place says nothing of this one.
    expect(leftOut(stateWith(writing("m1", "m2")))).toMatchObject({ notSentAbove: "m3" });
  });
});
