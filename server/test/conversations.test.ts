import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomId } from "../platform/randomId.js";
import type { Requests } from "../protocol/events.js";
import { type TestClient, TestServer } from "./TestServer.js";

let cria: TestServer;
let client: TestClient;
beforeAll(async () => {
  cria = await TestServer.start();
  client = await cria.connect();
});
afterAll(() => cria.close());

const open = (conversationId: string) => client.request("conversation:open", { conversationId });

describe("the list", () => {
  it("[CV1] is renamed, pinned and kept in step in every window", async () => {
    const other = await cria.connect();
    const { conversation } = await client.chat("Who are you?");
    const heard = new Promise((resolve) =>
      other.socket.on("conversation:listed", (event) => {
        if (event.conversation.title === "My helper") resolve(event.conversation);
      }),
    );
    await client.request("conversation:update", {
      conversationId: conversation.id,
      title: "  My helper ",
      pinned: true,
    });
    expect(await heard).toMatchObject({ id: conversation.id, title: "My helper", pinned: true });
    await client.chat("What is a llama?");
    const { conversations } = await client.request("conversation:list", {});
    expect(conversations[0]).toMatchObject({ id: conversation.id, pinned: true });
  });

  it("[CV2] is searched by title and text, word beginnings and accents forgiven", async () => {
    const { conversation } = await client.chat("My cousin's name is Zoë Quixote.");
    await client.request("conversation:update", { conversationId: conversation.id, title: "Family matters" });
    const search = async (query: string) => (await client.request("conversation:search", { query, limit: 10 })).hits;
    expect(await search("quix")).toMatchObject([
      { conversation: { id: conversation.id }, snippet: expect.stringContaining("\u0002Quixote\u0003") },
    ]);
    expect(await search("zoe QUIXOTE")).toHaveLength(1);
    expect((await search("family"))[0]?.messageId).toBeUndefined();
    for (const query of [
      '"',
      "a AND",
      "NEAR(",
      "*",
      "x OR y",
      "-",
      "col:umn",
      "'; DROP TABLE search; --",
      "\0",
      "a\0b",
    ])
      expect(await search(query)).toBeInstanceOf(Array);
    await client.request("conversation:delete", { conversationId: conversation.id });
    expect(await search("quix")).toEqual([]);
  });

  it("[CV3] brings back what was deleted", async () => {
    const { conversation, messages } = await client.chat("Who are you?");
    await client.request("conversation:delete", { conversationId: conversation.id });
    expect(await client.ask("conversation:open", { conversationId: conversation.id })).toMatchObject({ ok: false });
    await client.request("conversation:restore", { conversationId: conversation.id });
    expect((await open(conversation.id)).messages).toEqual(messages);
  });
});

describe("the tree", () => {
  it("[CV4] keeps an edited message beside the old one, and shows the branch that was chosen last", async () => {
    const first = await client.chat("Who are you?");
    const edited = await client.chat("What is a llama?", { conversationId: first.conversation.id });
    expect(edited.messages.filter(({ parentId }) => parentId === undefined)).toHaveLength(2);
    await client.request("conversation:update", {
      conversationId: first.conversation.id,
      headMessageId: first.userMessage.id,
    });
    expect((await open(first.conversation.id)).conversation.headMessageId).toBe(first.reply.id);
  });

  it("[CV5] branches into a new conversation", async () => {
    const first = await client.chat("My name is Tom.");
    const second = await client.chat("Who are you?", {
      conversationId: first.conversation.id,
      parentId: first.reply.id,
    });
    const { conversation } = await client.request("conversation:branch", { messageId: first.reply.id });
    const { messages } = await open(conversation.id);
    expect(messages.map(({ text }) => text)).toEqual([first.userMessage.text, first.reply.text]);
    expect(new Set(messages.map(({ id }) => id)).has(first.reply.id)).toBe(false);
    expect((await open(second.conversation.id)).messages).toHaveLength(4);
    const next = await client.chat("What is my name?", { conversationId: conversation.id, parentId: messages[1]?.id });
    expect(next.reply.text).toContain("Tom");
  });

  it("[CV6] deletes a message with all that follows it, and brings it back", async () => {
    const first = await client.chat("Who are you?");
    const second = await client.chat("What is a llama?", {
      conversationId: first.conversation.id,
      parentId: first.reply.id,
    });
    const { conversation } = await client.request("message:delete", { messageId: second.userMessage.id });
    expect(conversation.headMessageId).toBe(first.reply.id);
    expect((await open(conversation.id)).messages).toHaveLength(2);
    const restored = await client.request("message:restore", { messageId: second.userMessage.id });
    expect(restored.conversation.headMessageId).toBe(second.reply.id);
    expect((await open(conversation.id)).messages).toEqual(second.messages);
  });

  it("[CV9] brings a message back with what it follows, whichever deletion is undone first", async () => {
    const first = await client.chat("Who are you?");
    const { conversation } = first;
    const second = await client.chat("And I?", { conversationId: conversation.id, parentId: first.reply.id });
    await client.request("message:delete", { messageId: second.userMessage.id });
    await client.request("message:delete", { messageId: first.reply.id });
    const restored = await client.request("message:restore", { messageId: second.userMessage.id });
    expect(restored.conversation.headMessageId).toBe(second.reply.id);
    expect((await open(conversation.id)).messages).toEqual(second.messages);
    // The other one is undone already.
    const again = await client.request("message:restore", { messageId: first.reply.id });
    expect(again.conversation).toEqual(restored.conversation);
    expect((await open(conversation.id)).messages).toEqual(second.messages);
  });

  it("[CV7] keeps the vote for a reply", async () => {
    const { reply, conversation } = await client.chat("Who are you?");
    await client.request("message:rate", { messageId: reply.id, rating: 1 });
    expect((await open(conversation.id)).messages[1]?.rating).toBe(1);
    await client.request("message:rate", { messageId: reply.id, rating: 0 });
    expect((await open(conversation.id)).messages[1]?.rating).toBeUndefined();
  });
});

describe("replies that go on", () => {
  it("[CH8] continue where they ended, in the same message, as if they had never stopped", async () => {
    const text = "Tell me a short story about a dog.";
    const greedy = { temperature: 0, repeatPenalty: 1 };
    const whole = await client.chat(text, { sampling: greedy });
    const cut = await client.chat(text, { sampling: { ...greedy, maxTokens: 12 } });
    expect(cut.reply.stopReason).toBe("length");
    const { reply } = await client.request("chat:continue", {
      requestId: randomId(),
      messageId: cut.reply.id,
      sampling: greedy,
    });
    expect(reply).toMatchObject({ id: cut.reply.id, status: "generating", text: cut.reply.text });
    await client.follow(reply.generationId ?? "");
    const { text: shown } = await client.untilEnd(reply.generationId ?? "");
    const stored = (await open(cut.conversation.id)).messages[1];
    expect(stored?.text).toBe(shown);
    expect(shown.startsWith(cut.reply.text)).toBe(true);
    expect(shown.length).toBeGreaterThan(cut.reply.text.length);
    // The same prompt tokens, unless the tokenizer joins at the seam; the story goes on either way.
    expect(whole.reply.text.slice(0, cut.reply.text.length)).toBe(cut.reply.text);
  });

  it("[CH9] begin with the words that somebody chose", async () => {
    const { reply } = await client.chat("Who are you?");
    const again = await client.request("chat:regenerate", {
      requestId: randomId(),
      messageId: reply.id,
      startText: "I am a dragon",
    });
    await client.follow(again.reply.generationId ?? "");
    const { text } = await client.untilEnd(again.reply.generationId ?? "");
    expect(text.startsWith("I am a dragon")).toBe(true);
    expect((await open(again.conversation.id)).messages.find(({ id }) => id === again.reply.id)?.text).toBe(text);
  });
});

describe("a conversation longer than the context", () => {
  it("[CH10] leaves out the oldest turns when asked to, and says from where the model has read", async () => {
    let last: Awaited<ReturnType<TestClient["chat"]>> | undefined;
    for (let round = 0; round < 6; round++)
      last = await client.chat(`${"The small red fox runs over the green hill. ".repeat(6)} What is this about?`, {
        ...(last === undefined ? {} : { conversationId: last.conversation.id, parentId: last.reply.id }),
        overflow: "dropOldest",
        sampling: { temperature: 0, maxTokens: 20 },
      });
    expect(last?.reply.error).toBeUndefined();
    expect(last?.reply.text).not.toBe("");
    const readFrom = last?.messages.find(({ id }) => id === last?.reply.readFromMessageId);
    expect(readFrom?.role).toBe("user");
    expect(readFrom?.id).not.toBe(last?.messages[0]?.id);
    const refused = await client.chat("And now?", { conversationId: last?.conversation.id, parentId: last?.reply.id });
    expect(refused.reply.error).toMatchObject({ code: "context_full" });
  });
});

describe("a temporary chat", () => {
  it("[CV8] works like any other and never touches the disk", async () => {
    const secret = "My secret word is xylophone.";
    const first = await client.chat(secret, { temporary: true });
    expect(first.conversation.temporary).toBe(true);
    const second = await client.chat("What is my secret word?", {
      conversationId: first.conversation.id,
      parentId: first.reply.id,
    });
    expect(second.messages).toHaveLength(4);
    expect((await client.request("conversation:search", { query: "xylophone", limit: 10 })).hits).toEqual([]);
    for (const file of ["cria.db", "cria.db-wal"]) {
      const path = join(cria.homePath, file);
      if (existsSync(path)) expect(readFileSync(path).includes("xylophone")).toBe(false);
    }
    await cria.restart();
    client = await cria.connect();
    expect(await client.ask("conversation:open", { conversationId: first.conversation.id })).toMatchObject({
      ok: false,
      error: { code: "conversation_not_found" },
    });
  });
});

describe("parameters", () => {
  it("[ST1] of the chat win over those of the model, and these over everyone's", async () => {
    const value = (maxTokens: number) => ({ sampling: { maxTokens } });
    const tokens = async (extra: Partial<Requests["chat:send"]> = {}) =>
      (await client.chat("Tell me a short story about a dog.", { sampling: { ignoreEos: true }, ...extra })).reply.stats
        ?.generatedTokens;
    await client.request("settings:set", { scope: "everyone", value: value(9) });
    expect(await tokens()).toBe(9);
    await client.request("settings:set", { scope: { modelId: "alpaca.demo" }, value: value(7) });
    expect(await tokens()).toBe(7);
    expect(await tokens({ settings: value(5) })).toBe(5);
    expect(await tokens({ settings: value(5), sampling: { ignoreEos: true, maxTokens: 3 } })).toBe(3);
    await client.request("settings:set", { scope: { modelId: "alpaca.demo" }, value: {} });
    const { settings } = await client.request("settings:set", { scope: "everyone", value: {} });
    expect(settings).toEqual({ everyone: {}, models: {}, presets: [] });
  });

  it("[ST2] have presets, kept under their names", async () => {
    const preset = { name: "Wild", sampling: { temperature: 1.5 }, systemPrompt: "Be wild." };
    await client.request("preset:save", { preset });
    const { settings } = await client.request("preset:save", { preset: { ...preset, sampling: { temperature: 2 } } });
    expect(settings.presets).toEqual([{ ...preset, sampling: { temperature: 2 } }]);
    expect((await client.request("preset:delete", { name: "Wild" })).settings.presets).toEqual([]);
  });

  it("[ST3] a system prompt is read by the model", async () => {
    const count = async () =>
      (await client.request("chat:count", { modelId: "alpaca.demo", draft: "Hi" })).promptTokens;
    const before = await count();
    await client.request("settings:set", {
      scope: "everyone",
      value: { systemPrompt: "You are a pirate. ".repeat(20) },
    });
    expect(await count()).toBeGreaterThan(before + 50);
    await client.request("settings:set", { scope: "everyone", value: {} });
  });
});

describe("prompt templates", () => {
  it("[TP1] of the user stand beside those that ship", async () => {
    const { templates } = await client.request("template:save", { name: "Shout", text: "Shout this: {{text}}" });
    expect(templates.filter(({ editable }) => editable)).toEqual([
      { name: "Shout", text: "Shout this: {{text}}", editable: true },
    ]);
    expect(templates.filter(({ editable }) => !editable).length).toBeGreaterThanOrEqual(7);
    expect(
      (await client.request("template:delete", { name: "Shout" })).templates.some(({ editable }) => editable),
    ).toBe(false);
  });

  it.each(["../x", "a/b", "", "x".repeat(200), "a\0b", "CON:", "..", "a.txt"])(
    "[T7] take no path for a name: %j",
    async (name) => {
      expect(await client.ask("template:save", { name, text: "x" })).toMatchObject({
        ok: false,
        error: { code: "bad_request" },
      });
    },
  );
});
