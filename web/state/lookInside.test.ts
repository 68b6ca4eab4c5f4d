import { describe, expect, it } from "vitest";
import { createApp } from "./createApp.js";
import type { DraftStorage } from "./drafts.js";
import { FakeConnection } from "./FakeConnection.js";
import { looksInside } from "./lookInside.js";
import { testConversation, testMessage } from "./testMessage.js";

const conversation = testConversation("c1", { headMessageId: "m2" });
const userMessage = testMessage("m1", undefined);
const reply = testMessage("m2", "m1", { role: "assistant", generationId: "g1", modelId: "demo" });

function startPage(stored = new Map<string, string>()) {
  const connection = new FakeConnection({
    "chat:send": () => ({ ok: true, data: { conversation, userMessage, reply } }),
    "chat:regenerate": () => ({ ok: true, data: { conversation, reply } }),
    "conversation:open": () => ({ ok: true, data: { conversation, messages: [userMessage, reply] } }),
  });
  const storage: DraftStorage = {
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => void stored.set(key, value),
    removeItem: (key) => void stored.delete(key),
  };
  const app = createApp({
    connection,
    history: { pushState: () => {}, replaceState: () => {} },
    storage,
    schedule: (task) => {
      task();
      return () => {};
    },
  });
  connection.setStatus("connected");
  app.actions.selectModel("demo");
  return { app, connection, stored, state: () => app.store.getState() };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("look inside", () => {
  it("asks for each token's alternatives in the chats where it is on, and only there", async () => {
    const { app, connection, state } = startPage();
    app.actions.send("Hello");
    await settled();
    expect(connection.payloads("chat:send")[0]?.sampling).toBeUndefined();
    app.actions.toggleLookInside();
    await app.actions.branchReply("m2", "Once");
    expect(connection.payloads("chat:regenerate")).toMatchObject([
      { startText: "Once", sampling: { alternatives: 5 } },
    ]);
    app.actions.newChat();
    expect(looksInside(state(), undefined)).toBe(false);
  });

  it("stays on when a new chat gets its id, also after a reload", async () => {
    const { app, connection, state, stored } = startPage();
    app.actions.toggleLookInside();
    app.actions.send("Hello");
    await settled();
    expect(connection.payloads("chat:send")).toMatchObject([{ text: "Hello", sampling: { alternatives: 5 } }]);
    expect(looksInside(state(), "c1")).toBe(true);
    expect(looksInside(state(), undefined)).toBe(false);
    expect(looksInside(startPage(stored).state(), "c1")).toBe(true);
  });

  it("replays the log of a reply that has ended, so that its tokens are known after a reload", async () => {
    const { app, connection, state } = startPage(new Map([["cria.lookInside", '["c1"]']]));
    app.actions.openPath("/c/c1");
    await settled();
    expect(connection.payloads("generation:follow")).toEqual([{ generationId: "g1", afterSeq: 0 }]);
    const detail = { id: 7, text: "I", probability: 0.25, top: [] };
    connection.say("generation:events", {
      generationId: "g1",
      events: [
        { seq: 1, type: "text", text: "Once ", tokenCount: 0 },
        { seq: 2, type: "text", text: "I", tokenCount: 1, tokens: [detail] },
      ],
    });
    expect(state().generations.g1?.inside).toEqual([
      { text: "Once ", token: undefined },
      { text: "I", token: detail },
    ]);
  });
});

describe("a stored list of chats that is damaged", () => {
  it("is as if there were none", () => {
    for (const damaged of ["{", "7", '[1,{"a":2}]'])
      expect(startPage(new Map([["cria.lookInside", damaged]])).state().lookInside).toEqual([]);
  });
});
