import { describe, expect, it, vi } from "vitest";
import type { Conversation, Message } from "../../server/protocol/conversation.js";
import type { ModelInfo } from "../../server/protocol/model.js";
import { createApp } from "./createApp.js";
import { FakeConnection } from "./FakeConnection.js";
import { runningReply } from "./shownChat.js";
import { testConversation, testMessage } from "./testMessage.js";

const demo: ModelInfo = {
  id: "alpaca.demo",
  name: "Tiny Demo 7M",
  kind: "instruction",
  demo: true,
  sizeBytes: 7,
  contextTokens: 512,
  examplePrompts: [],
  samplingDefaults: {},
  status: { state: "ready" },
};
const question = testMessage("m1", undefined, { text: "hello" });
const answer = testMessage("m2", "m1", {
  role: "assistant",
  text: "",
  status: "generating",
  generationId: "g1",
  modelId: demo.id,
});
const conversation = testConversation("c1", { headMessageId: "m2", modelId: demo.id });

/** The page, connected to a server that knows one model and one conversation. */
async function startPage(
  stored: { conversation: Conversation; messages: Message[] } = { conversation, messages: [question, answer] },
  undoMs = 0,
) {
  const connection = new FakeConnection({
    "model:list": () => ({ ok: true, data: { models: [demo] } }),
    "conversation:list": () => ({ ok: true, data: { conversations: [] } }),
    "conversation:open": () => ({ ok: true, data: stored }),
    "conversation:leave": () => ({ ok: true, data: {} }),
    "generation:follow": () => ({ ok: true, data: { lastSeq: 0, ended: false } }),
    "generation:unfollow": () => ({ ok: true, data: {} }),
    "generation:stop": () => ({ ok: true, data: { stopped: true } }),
    "conversation:delete": () => ({ ok: true, data: {} }),
    "chat:send": () => ({ ok: true, data: { conversation, userMessage: question, reply: answer } }),
  });
  window.localStorage.clear();
  const addresses: (string | URL | null | undefined)[] = [];
  const history = {
    pushState: (_data: unknown, _title: string, address?: string | URL | null) => addresses.push(address),
    replaceState: (_data: unknown, _title: string, address?: string | URL | null) => addresses.push(address),
  };
  const app = createApp({
    connection,
    history,
    storage: window.localStorage,
    schedule: (task) => {
      task();
      return () => {};
    },
    undoMs,
  });
  connection.setStatus("connected");
  await vi.waitFor(() => expect(app.store.getState().models.list).toBeDefined());
  return { app, connection, addresses, state: () => app.store.getState() };
}

const text = (seq: number, piece: string) => ({ seq, type: "text" as const, text: piece, tokenCount: 1 });

describe("a chat that is opened by its address", () => {
  it("is opened, and a reply that is being made is followed from the start", async () => {
    const { app, connection, state } = await startPage();
    app.actions.openPath("/c/c1");
    await vi.waitFor(() =>
      expect(connection.payloads("generation:follow")).toEqual([{ generationId: "g1", afterSeq: 0 }]),
    );
    connection.say("generation:events", { generationId: "g1", events: [text(1, "Once "), text(2, "upon")] });
    expect(state().generations.g1?.text).toBe("Once upon");
    expect(runningReply(state())?.id).toBe("m2");
  });

  it("is opened anew after a lost connection, and followed from the cursor", async () => {
    const { app, connection, state } = await startPage();
    app.actions.openPath("/c/c1");
    await vi.waitFor(() => expect(connection.payloads("generation:follow")).toHaveLength(1));
    connection.say("generation:events", { generationId: "g1", events: [text(1, "Once "), text(2, "upon")] });
    connection.setStatus("reconnecting");
    connection.setStatus("connected");
    await vi.waitFor(() =>
      expect(connection.payloads("generation:follow").at(-1)).toEqual({ generationId: "g1", afterSeq: 2 }),
    );
    connection.say("generation:events", { generationId: "g1", events: [text(2, "upon"), text(3, " a time")] });
    expect(state().generations.g1?.text).toBe("Once upon a time");
  });

  it("comes back when it is restored in the window that deleted it", async () => {
    const { app, connection, state } = await startPage();
    app.actions.openPath("/c/c1");
    await vi.waitFor(() => expect(state().chat.conversation).toBeDefined());
    connection.say("conversation:deleted", { conversationId: "c1" });
    expect(state().chat.status).toBe("missing");
    connection.say("conversation:listed", { conversation });
    await vi.waitFor(() => expect(state().chat.status).toBe("ready"));
  });

  it("is asked for once more when the log is gone; if that does not help the reply counts as failed", async () => {
    const { app, connection, state } = await startPage();
    connection.answers["generation:follow"] = () => ({
      ok: false,
      error: { code: "generation_not_found", message: "Gone." },
    });
    app.actions.openPath("/c/c1");
    await vi.waitFor(() => expect(state().generations.g1?.end?.error?.code).toBe("generation_not_found"));
    expect(connection.payloads("conversation:open").length).toBe(2);
    expect(runningReply(state())).toBeUndefined();
  });
});

describe("sending", () => {
  it("gives a new chat its address, follows the reply, and clears the draft", async () => {
    const { app, connection, addresses, state } = await startPage();
    app.actions.setDraft("hello");
    app.actions.send("  hello ");
    expect(state().chat.pendingSend?.text).toBe("hello");
    await vi.waitFor(() => expect(addresses).toEqual(["/c/c1"]));
    expect(state().chat).toMatchObject({ conversationId: "c1", draft: "", pendingSend: undefined });
    await vi.waitFor(() => expect(connection.payloads("generation:follow")).toHaveLength(1));
  });

  it("keeps what is written while the server has not answered, for the chat that the new one becomes", async () => {
    const { app, addresses } = await startPage();
    app.actions.send("hello");
    app.actions.setDraft("and");
    await vi.waitFor(() => expect(addresses).toEqual(["/c/c1"]));
    expect(window.localStorage.getItem("cria.draft.c1")).toBe("and");
    expect(window.localStorage.getItem("cria.draft.new")).toBeNull();
  });

  it("loses no message that could not be sent when another one goes out", async () => {
    const { app, connection, state } = await startPage();
    connection.answers["chat:send"] = () => ({ ok: false, error: { code: "disk_full", message: "Full." } });
    app.actions.send("the first");
    await vi.waitFor(() => expect(state().chat.pendingSend?.error).toBeDefined());
    app.actions.send("the second");
    expect(state().chat).toMatchObject({ draft: "the first", pendingSend: { text: "the second", error: undefined } });
    await vi.waitFor(() => expect(state().chat.pendingSend?.error).toBeDefined());
    app.actions.sendAgain();
    expect(state().chat).toMatchObject({ draft: "the first", pendingSend: { text: "the second" } });
  });

  it("keeps what could not be sent, what waits and what is being written for a page that is reloaded", async () => {
    const { app, connection, state } = await startPage();
    const stored = (chat: string) => window.localStorage.getItem(`cria.draft.${chat}`);
    connection.answers["chat:send"] = () => ({ ok: false, error: { code: "disk_full", message: "Full." } });
    app.actions.send("refused");
    expect(stored("new")).toBeNull();
    await vi.waitFor(() => expect(stored("new")).toBe("refused"));
    app.actions.setDraft("written on");
    expect(stored("new")).toBe("refused\nwritten on");

    app.actions.openPath("/c/c1");
    await vi.waitFor(() => expect(runningReply(state())).toBeDefined());
    app.actions.send("waits");
    app.actions.setDraft("and more");
    expect(stored("c1")).toBe("waits\nand more");
    app.actions.takeBackQueued();
    app.actions.setDraft("");
    expect(stored("c1")).toBeNull();
  });

  it("sends nothing without a connection, and nothing but a text", async () => {
    const { app, connection, state } = await startPage();
    app.actions.send("   ");
    connection.setStatus("reconnecting");
    app.actions.setDraft("hello");
    app.actions.send("hello");
    expect(connection.payloads("chat:send")).toEqual([]);
    expect(state().chat.draft).toBe("hello");
  });

  it("offers a refused message again, with a new id, and lets it be taken back", async () => {
    const { app, connection, state } = await startPage();
    connection.answers["chat:send"] = () => ({ ok: false, error: { code: "queue_full", message: "Too many." } });
    app.actions.send("hello");
    await vi.waitFor(() => expect(state().chat.pendingSend?.error?.code).toBe("queue_full"));
    app.actions.sendAgain();
    await vi.waitFor(() => expect(state().chat.pendingSend?.error?.code).toBe("queue_full"));
    const ids = connection.payloads("chat:send").map(({ requestId }) => requestId);
    expect(new Set(ids).size).toBe(2);
    app.actions.takeBack();
    expect(state().chat).toMatchObject({ pendingSend: undefined, draft: "hello" });
  });
});

describe("a message that waits for the running reply", () => {
  const done = { ...answer, status: "complete" as const, text: "Once", stopReason: "end" as const };

  it("is sent when the reply is finished", async () => {
    const { app, connection, state } = await startPage();
    app.actions.openPath("/c/c1");
    await vi.waitFor(() => expect(runningReply(state())).toBeDefined());
    app.actions.send("and then?");
    expect(state().chat.queuedText).toBe("and then?");
    connection.say("conversation:changed", { conversation, messages: [done] });
    expect(connection.payloads("chat:send")).toMatchObject([
      { text: "and then?", parentId: "m2", conversationId: "c1" },
    ]);
    expect(state().chat.queuedText).toBeUndefined();
  });

  it("is sent, too, when the end of the reply was read before it was stored", async () => {
    const { app, connection, state } = await startPage();
    app.actions.openPath("/c/c1");
    await vi.waitFor(() => expect(runningReply(state())).toBeDefined());
    app.actions.send("and then?");
    connection.say("generation:events", {
      generationId: "g1",
      events: [{ seq: 1, type: "end", stopReason: "length" }],
    });
    expect(runningReply(state())).toBeUndefined();
    expect(connection.payloads("chat:send")).toEqual([]);
    connection.say("conversation:changed", { conversation, messages: [{ ...done, stopReason: "length" }] });
    expect(state().chat.queuedText).toBeUndefined();
    expect(connection.payloads("chat:send")[0]).toMatchObject({ text: "and then?", parentId: "m2" });
  });

  it("comes back into the message box when the reply was stopped", async () => {
    const { app, connection, state } = await startPage();
    app.actions.openPath("/c/c1");
    await vi.waitFor(() => expect(runningReply(state())).toBeDefined());
    app.actions.send("and then?");
    app.actions.stop();
    expect(connection.payloads("generation:stop")).toEqual([{ generationId: "g1" }]);
    connection.say("conversation:changed", { conversation, messages: [{ ...done, stopReason: "stopped" }] });
    expect(connection.payloads("chat:send")).toEqual([]);
    expect(state().chat).toMatchObject({ queuedText: undefined, draft: "and then?" });
  });

  it("is not lost when another chat is opened", async () => {
    const { app, state } = await startPage();
    app.actions.openPath("/c/c1");
    await vi.waitFor(() => expect(runningReply(state())).toBeDefined());
    app.actions.send("and then?");
    app.actions.newChat();
    expect(window.localStorage.getItem("cria.draft.c1")).toBe("and then?");
  });
});

describe("deleting", () => {
  it("leaves a chat that is open, deletes it at once, and opens it again when that is undone", async () => {
    const { app, connection, state, addresses } = await startPage(undefined, 60_000);
    connection.answers["conversation:delete"] = () => ({ ok: true, data: {} });
    connection.answers["conversation:restore"] = () => ({ ok: true, data: { conversation } });
    app.actions.openPath("/c/c1");
    await app.actions.deleteChat("c1");
    expect(connection.payloads("conversation:delete")).toEqual([{ conversationId: "c1" }]);
    expect(state().chat.conversationId).toBeUndefined();
    expect(state().deletion).toMatchObject({ conversationId: "c1" });
    await app.actions.undoDeletion();
    expect(state().conversations.list?.map(({ id }) => id)).toContain("c1");
    expect(addresses.at(-1)).toBe("/c/c1");
    expect(state().deletion).toBeUndefined();
  });

  it("goes back to the chat when the server could not delete it", async () => {
    const { app, connection, state } = await startPage();
    connection.answers["conversation:delete"] = () => ({
      ok: false,
      error: { code: "connection_lost", message: "No." },
    });
    app.actions.openPath("/c/c1");
    expect((await app.actions.deleteChat("c1"))?.code).toBe("connection_lost");
    expect(state().chat.conversationId).toBe("c1");
    expect(state().deletion).toBeUndefined();
  });
});

describe("a temporary chat", () => {
  it("is asked for when its first message is sent, and leaves no draft in the browser", async () => {
    const { app, connection, state } = await startPage();
    app.actions.newTemporaryChat();
    app.actions.setDraft("a secret");
    expect(Object.values(window.localStorage)).not.toContain("a secret");
    app.actions.send("a secret");
    expect(connection.payloads("chat:send")[0]).toMatchObject({ temporary: true });
    await vi.waitFor(() => expect(state().chat.conversationId).toBe("c1"));
    expect(Object.values(window.localStorage)).not.toContain("a secret");
  });
});

describe("versions of messages", () => {
  it("of one's own are sent beside the old one, with its files", async () => {
    const { app, connection, state } = await startPage();
    app.actions.openPath("/c/c1");
    await vi.waitFor(() => expect(runningReply(state())).toBeDefined());
    app.actions.beginEdit("m1");
    expect(state().chat.editing).toEqual({ messageId: "m1", text: state().chat.messages.m1?.text });
    app.actions.sendEdit("m1", " hello again ");
    const [sent] = connection.payloads("chat:send");
    expect(sent).toMatchObject({ text: "hello again", conversationId: "c1" });
    expect(sent?.parentId).toBeUndefined();
    expect(state().chat.editing).toBeUndefined();
  });

  it("that were refused go back into their editor", async () => {
    const { app, connection, state } = await startPage();
    app.actions.openPath("/c/c1");
    await vi.waitFor(() => expect(runningReply(state())).toBeDefined());
    connection.answers["chat:send"] = () => ({ ok: false, error: { code: "queue_full", message: "Too many." } });
    app.actions.sendEdit("m1", "hello again");
    await vi.waitFor(() => expect(state().chat.pendingSend?.error).toBeDefined());
    app.actions.takeBack();
    expect(state().chat).toMatchObject({ editing: { messageId: "m1", text: "hello again" }, draft: "" });
  });

  it("are remembered by the server when they are chosen", async () => {
    const { app, connection, state } = await startPage();
    app.actions.openPath("/c/c1");
    await vi.waitFor(() => expect(runningReply(state())).toBeDefined());
    connection.answers["conversation:update"] = () => ({ ok: true, data: { conversation } });
    await app.actions.chooseVersion("m1");
    expect(connection.payloads("conversation:update")).toEqual([{ conversationId: "c1", headMessageId: "m1" }]);
    expect(state().chat.unconfirmedChoices).toBe(0);
  });
});
