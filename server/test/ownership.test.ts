import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addToken } from "../access/tokenFile.js";
import { scriptedProgram } from "../bench/scriptedProgram.js";
import { randomId } from "../platform/randomId.js";
import type { Answers } from "../protocol/events.js";
import { type TestClient, TestServer } from "./TestServer.js";

/** Two guests and the machine's owner at one server. */
let cria: TestServer;
let alice: TestClient;
let bob: TestClient;
let me: TestClient;
const secrets = new Map<string, string>();
beforeAll(async () => {
  cria = await TestServer.start(
    async (home) => {
      for (const name of ["alice", "bob", "me"]) {
        const { secret } = await addToken(join(home, "tokens.json"), { name, mine: name === "me" });
        secrets.set(name, secret);
      }
    },
    { worker: { program: scriptedProgram({ tokensPerSecond: 40 }) } },
    { host: "0.0.0.0" },
  );
  const connect = (name: string) => cria.connect({ auth: { token: secrets.get(name) } });
  [alice, bob, me] = await Promise.all([connect("alice"), connect("bob"), connect("me")]);
});
afterAll(() => cria.close());

const long = { sampling: { maxTokens: 100_000 } };
const refused = (code: string) => ({ ok: false, error: { code } });

/** A chat of Alice's with a reply that runs on and on. */
async function aliceTalks(): Promise<Answers["chat:send"]> {
  const sent = await alice.send("A secret of Alice", long);
  await alice.follow(sent.reply.generationId ?? "");
  await alice.untilText(sent.reply.generationId ?? "");
  return sent;
}

describe("with different tokens", () => {
  it("[CO7] [T6] nobody reads, changes, branches, restores or deletes another's chat, knowing all its ids", async () => {
    const { conversation, userMessage, reply } = await aliceTalks();
    const conversationId = conversation.id;
    for (const client of [bob, me]) {
      expect((await client.request("conversation:list", {})).conversations).toEqual([]);
      expect((await client.request("conversation:search", { query: "secret", limit: 10 })).hits).toEqual([]);
      for (const [name, request] of [
        ["conversation:open", { conversationId }],
        ["conversation:update", { conversationId, title: "mine now" }],
        ["conversation:delete", { conversationId }],
        ["conversation:restore", { conversationId }],
        ["chat:send", { requestId: randomId(), conversationId, text: "x", modelId: "alpaca.demo" }],
      ] as const)
        expect([name, await client.ask(name, request)]).toMatchObject([name, refused("conversation_not_found")]);
      for (const [name, request] of [
        ["conversation:branch", { messageId: reply.id }],
        ["message:delete", { messageId: userMessage.id }],
        ["message:restore", { messageId: userMessage.id }],
        ["message:rate", { messageId: reply.id, rating: 1 }],
        ["chat:regenerate", { requestId: randomId(), messageId: reply.id }],
        ["chat:continue", { requestId: randomId(), messageId: reply.id }],
        ["chat:count", { modelId: "alpaca.demo", parentId: reply.id, draft: "x" }],
      ] as const)
        expect([name, await client.ask(name, request)]).toMatchObject([name, refused("message_not_found")]);
    }
    for (const name of ["bob", "me"]) {
      const headers = { authorization: `Bearer ${secrets.get(name)}` };
      expect((await fetch(`${cria.url}/api/conversations/${conversationId}/export`, { headers })).status).toBe(404);
      expect(await (await fetch(`${cria.url}/api/export`, { headers })).json()).toEqual([]);
    }
    expect((await alice.request("conversation:open", { conversationId })).conversation.title).toBe("A secret of Alice");
    await alice.request("conversation:delete", { conversationId });
  });

  it("[CO8] [T6] nobody follows, stops or unloads another's generation", async () => {
    const { conversation, reply } = await aliceTalks();
    const generationId = reply.generationId ?? "";
    for (const client of [bob, me]) {
      expect(await client.ask("generation:follow", { generationId, afterSeq: 0 })).toMatchObject(
        refused("generation_not_found"),
      );
      expect(await client.ask("generation:stop", { generationId })).toMatchObject(refused("generation_not_found"));
      expect(await client.ask("model:unload", { modelId: "alpaca.demo" })).toMatchObject(refused("model_in_use"));
    }
    expect(await alice.request("generation:stop", { generationId })).toEqual({ stopped: true });
    await alice.request("conversation:delete", { conversationId: conversation.id });
  });

  it("[CO7] [T6] nobody hears of another's chats, and everyone of their own in every window", async () => {
    const heard: string[] = [];
    for (const client of [bob, me])
      for (const name of ["conversation:listed", "conversation:changed", "conversation:deleted"] as const)
        client.socket.on(name, () => heard.push(name));
    const window = await cria.connect({ auth: { token: secrets.get("alice") } });
    const listed = new Promise((resolve) => window.socket.once("conversation:listed", resolve));
    const { conversation } = await aliceTalks();
    expect(await listed).toMatchObject({ conversation: { id: conversation.id } });
    await alice.request("conversation:delete", { conversationId: conversation.id });
    await Promise.all([bob.request("server:info", {}), me.request("server:info", {})]);
    expect(heard).toEqual([]);
  });

  it("[T6] the same request id is a request of its own for each", async () => {
    const requestId = randomId();
    const start = (client: TestClient) =>
      client.request("generation:start", {
        requestId,
        modelId: "alpaca.demo",
        prompt: "x",
        sampling: { maxTokens: 1 },
      });
    const [first, again, other] = [await start(alice), await start(alice), await start(bob)];
    expect(again.generationId).toBe(first.generationId);
    expect(other.generationId).not.toBe(first.generationId);
  });

  it("[T6] ids cannot be guessed: 128 random bits", async () => {
    const ids = new Set<string>();
    for (let n = 0; n < 20; n++) {
      const { generationId } = await bob.request("generation:start", {
        modelId: "alpaca.demo",
        prompt: "x",
        sampling: { maxTokens: 1 },
      });
      expect(generationId).toMatch(/^[\w-]{22}$/);
      ids.add(generationId);
    }
    expect(ids.size).toBe(20);
  });

  it("[CO8] [T6] guests do not change what is everybody's", async () => {
    for (const [name, request] of [
      ["install:start", { modelId: "alpaca.7B" }],
      ["install:pause", { modelId: "alpaca.7B" }],
      ["install:cancel", { modelId: "alpaca.7B" }],
      ["model:remove", { modelId: "alpaca.demo" }],
      ["model:pin", { modelId: "alpaca.demo", pinned: false }],
      ["model:configure", { modelId: "alpaca.demo", settings: {} }],
      ["template:save", { name: "x", text: "y" }],
      ["template:delete", { name: "x" }],
    ] as const) {
      expect([name, await bob.ask(name, request)]).toMatchObject([name, refused("forbidden")]);
      const result = await me.ask(name, name === "install:start" ? { modelId: "no.such" } : request);
      expect([name, result]).not.toMatchObject([name, refused("forbidden")]);
    }
  });

  it("[T22] a guest's keep_alive neither holds a model in memory nor takes it from the others", async () => {
    const { pool } = cria.server;
    const modelId = "alpaca.demo";
    const ask = async (name: string, keepAlive: unknown) => {
      const response = await fetch(`${cria.url}/api/generate`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${secrets.get(name)}` },
        body: JSON.stringify({ model: modelId, prompt: "Hi", options: { num_predict: 1 }, keep_alive: keepAlive }),
      });
      expect(response.status).toBe(200);
      await response.text();
    };
    await ask("me", "2h");
    expect(pool.idleTimeLeftMs(modelId)).toBeGreaterThan(7_000_000);
    for (const wish of [-1, "1ms", 0]) {
      await ask("bob", wish);
      expect(pool.idleTimeLeftMs(modelId)).toBeGreaterThan(7_000_000);
      expect(pool.idleTimeLeftMs(modelId)).toBeLessThanOrEqual(7_200_000);
    }
    expect(pool.state(modelId).state).toBe("ready");
    await ask("me", 0);
    expect(pool.state(modelId).state).toBe("unloaded");
  });

  it("[T6] chats are there again after a restart, each its owner's, those of the machine without a token too", async () => {
    await me.send("Mine alone", { sampling: { maxTokens: 1 } });
    await bob.send("Bob's alone", { sampling: { maxTokens: 1 } });
    await cria.restart();
    const titles = async (name: string) => {
      const client = await cria.connect({ auth: { token: secrets.get(name) } });
      return (await client.request("conversation:list", {})).conversations.map(({ title }) => title);
    };
    expect(await titles("me")).toEqual(["Mine alone"]);
    expect(await titles("bob")).toEqual(["Bob's alone"]);
    expect(await titles("alice")).toEqual([]);
  });
});
