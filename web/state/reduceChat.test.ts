import { describe, expect, it } from "vitest";
import type { AppEvent } from "./AppEvent.js";
import { type ChatState, emptyChat } from "./AppState.js";
import { reduceChat } from "./reduceChat.js";
import { testConversation, testMessage } from "./testMessage.js";

const user = testMessage("m1", undefined, { text: "hello" });
const reply = testMessage("m2", "m1", { role: "assistant", text: "", status: "generating", generationId: "g1" });
const conversation = testConversation("c1", { headMessageId: "m2" });
const pending = { requestId: "r1", text: "hello", parentId: undefined, modelId: "alpaca.demo", error: undefined };
const error = { code: "queue_full", message: "Too many." } as const;

const stateAfter = (events: AppEvent[], from: ChatState = emptyChat) => events.reduce(reduceChat, from);
const opened = stateAfter([
  { type: "chatLeft", conversationId: "c1", draft: "draft" },
  { type: "chatOpened", conversation, messages: [user, reply] },
]);

describe("opening", () => {
  it("takes the messages and the server's head, and keeps the draft", () => {
    expect(opened).toMatchObject({ status: "ready", headId: "m2", draft: "draft" });
    expect(Object.keys(opened.messages)).toEqual(["m1", "m2"]);
  });

  it("goes on with what the reader has decided about messages that no longer fit", () => {
    const openWith = (rest: Partial<typeof reply>, from: ChatState = opened) =>
      stateAfter([{ type: "chatOpened", conversation, messages: [user, { ...reply, ...rest }] }], from).overflow;
    expect(openWith({})).toBe("refuse");
    expect(openWith({ readFromMessageId: "m1" })).toBe("dropOldest");
    expect(openWith({ readFromMessageId: "m1", summary: "Dogs." })).toBe("summarise");
    expect(openWith({ readFromMessageId: "m1" }, { ...opened, overflow: "summarise" })).toBe("summarise");
  });

  it("ignores the answer for a chat that was left meanwhile", () => {
    const left = stateAfter([{ type: "chatLeft", conversationId: "c2", draft: "" }], opened);
    expect(stateAfter([{ type: "chatOpened", conversation, messages: [user] }], left)).toBe(left);
  });

  it("says when the chat does not exist", () => {
    const notFound = { code: "conversation_not_found", message: "No." } as const;
    const state = stateAfter([
      { type: "chatLeft", conversationId: "c1", draft: "" },
      { type: "chatOpenFailed", conversationId: "c1", error: notFound },
    ]);
    expect(state.status).toBe("missing");
  });

  it("keeps what is on the screen when opening again fails", () => {
    expect(stateAfter([{ type: "chatOpenFailed", conversationId: "c1", error }], opened)).toBe(opened);
  });
});

describe("sending", () => {
  it("shows the message before the server has it, and replaces it by the stored one", () => {
    const begun = stateAfter([{ type: "sendBegun", pending }]);
    expect(begun.pendingSend?.text).toBe("hello");
    const answered = stateAfter(
      [{ type: "sendAnswered", requestId: "r1", conversation, userMessage: user, reply }],
      begun,
    );
    expect(answered).toMatchObject({ conversationId: "c1", headId: "m2", pendingSend: undefined, sentMessageId: "m1" });
  });

  it("does not show the message twice when the server's news comes before its answer", () => {
    const begun = stateAfter([{ type: "sendBegun", pending: { ...pending, parentId: "m2", text: "more" } }], opened);
    const more = testMessage("m3", "m2", { text: "more" });
    expect(stateAfter([{ type: "chatChanged", conversation, messages: [more] }], begun).pendingSend).toBeUndefined();
  });

  it("keeps the text of a message that was refused", () => {
    const failed = stateAfter([
      { type: "sendBegun", pending },
      { type: "sendFailed", requestId: "r1", error },
    ]);
    expect(failed.pendingSend).toMatchObject({ text: "hello", error });
  });

  it("does not pull the reader back into a chat they left before the answer came", () => {
    const state = stateAfter([
      { type: "sendBegun", pending },
      { type: "chatLeft", conversationId: undefined, draft: "" },
      { type: "sendAnswered", requestId: "r1", conversation, userMessage: user, reply },
    ]);
    expect(state.conversationId).toBeUndefined();
  });
});

describe("versions", () => {
  const other = testMessage("m3", "m1", { role: "assistant" });
  const both = stateAfter(
    [{ type: "chatChanged", conversation: { ...conversation, headMessageId: "m3" }, messages: [other] }],
    opened,
  );

  it("follows the server when a new version is made", () => {
    expect(both.headId).toBe("m3");
  });

  it("stays on the version the reader chose while its text changes", () => {
    const chosen = stateAfter([{ type: "versionChosen", messageId: "m2" }], both);
    expect(chosen.headId).toBe("m2");
    const news: AppEvent = {
      type: "chatChanged",
      conversation: { ...conversation, headMessageId: "m3" },
      messages: [{ ...other, text: "new" }],
    };
    expect(stateAfter([news], chosen).headId).toBe("m2");
  });

  it("keeps the chosen version over a reconnect", () => {
    const chosen = stateAfter([{ type: "versionChosen", messageId: "m2" }], both);
    const again: AppEvent = {
      type: "chatOpened",
      conversation: { ...conversation, headMessageId: "m3" },
      messages: [user, reply, other],
    };
    expect(stateAfter([again], chosen).headId).toBe("m2");
  });
});

describe("choosing a version", () => {
  const other = testMessage("m3", "m1", { role: "assistant" });
  const both = stateAfter([{ type: "chatChanged", conversation, messages: [other] }], opened);

  it("is not undone by the server's answer to an earlier choice", () => {
    const chosen = stateAfter(
      [
        { type: "versionChosen", messageId: "m3", unconfirmed: true },
        { type: "versionChosen", messageId: "m2", unconfirmed: true },
        { type: "chatChanged", conversation: { ...conversation, headMessageId: "m3" }, messages: [] },
      ],
      both,
    );
    expect(chosen.headId).toBe("m2");
    const later = stateAfter(
      [
        { type: "versionConfirmed" },
        { type: "versionConfirmed" },
        { type: "chatChanged", conversation, messages: [] },
        { type: "chatChanged", conversation: { ...conversation, headMessageId: "m3" }, messages: [] },
      ],
      chosen,
    );
    expect(later.headId).toBe("m3");
  });

  it("starts with the one that was searched for", () => {
    const state = stateAfter([
      { type: "chatLeft", conversationId: "c1", draft: "", foundMessageId: "m2" },
      { type: "chatOpened", conversation: { ...conversation, headMessageId: "m3" }, messages: [user, reply, other] },
    ]);
    expect(state).toMatchObject({ headId: "m2", foundMessageId: "m2" });
    expect(stateAfter([{ type: "foundMessageShown" }], state).foundMessageId).toBeUndefined();
  });
});

describe("deleted messages", () => {
  it("leave the branch as far as it is still there", () => {
    const more = testMessage("m3", "m2");
    const state = stateAfter(
      [
        { type: "chatChanged", conversation: { ...conversation, headMessageId: "m3" }, messages: [more] },
        { type: "editBegun", messageId: "m3", text: "x" },
        { type: "messagesDeleted", conversationId: "c1", messageIds: ["m2", "m3"] },
      ],
      opened,
    );
    expect(state).toMatchObject({ headId: "m1", editing: undefined });
    expect(Object.keys(state.messages)).toEqual(["m1"]);
  });

  it("of another branch do not move the reader", () => {
    const state = stateAfter(
      [
        { type: "chatChanged", conversation, messages: [testMessage("m3", "m1", { role: "assistant" })] },
        { type: "messagesDeleted", conversationId: "c1", messageIds: ["m3"] },
      ],
      opened,
    );
    expect(state.headId).toBe("m2");
  });

  it("of another chat are not ours", () => {
    expect(stateAfter([{ type: "messagesDeleted", conversationId: "c2", messageIds: ["m1"] }], opened)).toBe(opened);
  });
});
