import { request as httpRequest } from "node:http";
import { io } from "socket.io-client";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { accountMark } from "../access/accountMark.js";
import { localOwner } from "../access/Principal.js";
import { scriptedProgram } from "../bench/scriptedProgram.js";
import { randomId } from "../platform/randomId.js";
import { version } from "../platform/version.js";
import type { ModelInfo } from "../protocol/model.js";
import { startServer } from "../startServer.js";
import { PollingConnection } from "./PollingConnection.js";
import { type TestClient, TestServer, temporaryHome, testConfig } from "./TestServer.js";

/** An engine that answers by the clock: `hang` is a prompt whose reply begins and never ends by itself. */
const hang = JSON.stringify({ fault: "hangWhileAnswering", tokensPerSecond: 1000 });
const modelId = "alpaca.demo";

let cria: TestServer;
beforeAll(async () => {
  cria = await TestServer.start(undefined, {
    worker: { program: scriptedProgram({ tokensPerSecond: 1000, sequences: 1024 }) },
  });
});
afterAll(() => cria.close());

const clients: TestClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
async function connected(): Promise<TestClient> {
  const client = await cria.connect();
  clients.push(client);
  return client;
}

function start(client: TestClient, prompt: string, maxTokens = 5): Promise<string> {
  return client
    .request("generation:start", { modelId, prompt, sampling: { maxTokens } })
    .then((answer) => answer.generationId);
}

/** The status of a handshake with these headers. */
function handshake(url: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${url}/socket.io/?EIO=4&transport=polling`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on("error", reject);
    request.end();
  });
}

describe("a connection", () => {
  it("[CO1] is made over both transports, without compression", async () => {
    const polling = await PollingConnection.open(cria.url);
    await polling.send('420["server:info",{}]');
    const answer = (await polling.until((message) => message.startsWith("430"))).at(-1) ?? "";
    expect(JSON.parse(answer.slice(3))).toMatchObject([{ ok: true, data: { version } }]);
    const client = await connected();
    expect(client.socket.io.engine.transport.name).toBe("websocket");
    expect(cria.server.io.engine.opts).toMatchObject({ perMessageDeflate: false, httpCompression: false });
  });

  it("[CO2] from another site's page, or under another name, is refused; a program's is not", async () => {
    const host = `127.0.0.1:${cria.server.port}`;
    expect(await handshake(cria.url)).toBe(200);
    expect(await handshake(cria.url, { origin: `http://${host}` })).toBe(200);
    expect(await handshake(cria.url, { origin: "https://evil.example" })).toBe(403);
    expect(await handshake(cria.url, { host: "evil.example" })).toBe(403);
  });

  it("[CO4] ends with a message that is too long", async () => {
    const client = await connected();
    const ended = new Promise((resolve) => client.socket.once("disconnect", resolve));
    void client.ask("chat:count", { modelId, draft: "x".repeat(1_100_000) });
    expect(await ended).toMatch(/transport/);
    const other = await connected();
    expect(await other.ask("chat:count", { modelId, draft: "x".repeat(900_000) })).toMatchObject({
      ok: false,
      error: { code: "bad_request", field: "draft" },
    });
  });

  it("[CO5] is not made any more while the server shuts down", async () => {
    const home = await temporaryHome();
    const server = await startServer(testConfig(home.path), { worker: { program: scriptedProgram() } });
    const closed = server.close();
    // The port may be closed by then, too.
    expect(await handshake(server.url).catch(() => "closed")).not.toBe(200);
    await closed;
    await home.remove();
  });

  it("[CO6] is told the versions", async () => {
    const client = await connected();
    expect(await client.request("server:info", {})).toEqual({
      version,
      protocolVersion: 1,
      homePath: cria.homePath,
      account: accountMark(localOwner),
    });
    expect(await client.ask("model:list", { somethingNew: true })).toMatchObject({ ok: true });
  });
});

describe("requests", () => {
  it("[RQ3] [GS2] that come twice are done once", async () => {
    const [a, b] = [await connected(), await connected()];
    const request = { requestId: randomId(), modelId, prompt: hang };
    const first = await a.request("generation:start", request);
    expect(await b.request("generation:start", request)).toEqual(first);
    await a.request("generation:stop", first);
    expect(await b.request("generation:start", request)).toEqual(first);
    expect((await b.request("generation:start", { ...request, requestId: randomId() })).generationId).not.toBe(
      first.generationId,
    );
  });

  it("[RQ4] are answered when they are done, not in their order", async () => {
    const home = await temporaryHome();
    const server = await startServer(testConfig(home.path), { worker: { program: scriptedProgram({ loadMs: 300 }) } });
    const socket = io(server.url, { transports: ["websocket"], forceNew: true });
    const order: string[] = [];
    await Promise.all([
      socket.emitWithAck("model:load", { modelId }).then(() => order.push("load")),
      socket.emitWithAck("server:info", {}).then(() => order.push("info")),
    ]);
    expect(order).toEqual(["info", "load"]);
    socket.disconnect();
    await server.close();
    await home.remove();
  });
});

describe("generations", () => {
  it("[GS3] have the model's own defaults where the request leaves a field out, and tell the seed they drew", async () => {
    const demo = await TestServer.start();
    const client = await demo.connect();
    const run = async (sampling: object) => {
      const prompt = { modelId, messages: [{ role: "user" as const, content: "Tell me a short story about a dog." }] };
      const { generationId } = await client.request("generation:start", { ...prompt, sampling });
      await client.follow(generationId);
      return client.untilEnd(generationId);
    };
    const drawn = await run({ maxTokens: 20 });
    const seed = drawn.end.stats?.seed ?? 0;
    const [model] = (await client.request("model:list", {})).models;
    expect(model?.samplingDefaults.temperature).toBeDefined();
    expect((await run({ maxTokens: 20, seed })).text).toBe(drawn.text);
    expect((await run({ ...model?.samplingDefaults, maxTokens: 20, seed })).text).toBe(drawn.text);
    await demo.close();
  });

  it("[GS4] need no reader", async () => {
    const starter = await cria.connect();
    const generationId = await start(starter, "Hi", 50);
    starter.close();
    const reader = await connected();
    await reader.follow(generationId);
    expect((await reader.untilEnd(generationId)).end.stopReason).toBe("length");
  });

  it("[GS5] wait for their turn: a connection that asks for one is not behind all of another's", async () => {
    const demo = await TestServer.start();
    const [greedy, modest] = [await demo.connect(), await demo.connect()];
    const ask = (client: TestClient) =>
      client.request("generation:start", { modelId, prompt: "Once", sampling: { ignoreEos: true, maxTokens: 400 } });
    const many = await Promise.all(Array.from({ length: 40 }, () => ask(greedy)));
    const last = many.at(-1)?.generationId ?? "";
    await greedy.follow(last);
    const place = async (client: TestClient, id: string) => {
      const events = await client.until(id, (all) =>
        all.some((event) => event.type === "phase" && event.phase.phase !== "loading"),
      );
      const first = events.find((event) => event.type === "phase" && event.phase.phase !== "loading");
      return first?.type === "phase" && first.phase.phase === "queued" ? first.phase.position : 0;
    };
    expect(await place(greedy, last)).toBeGreaterThan(10);
    const { generationId } = await ask(modest);
    await modest.follow(generationId);
    expect(await place(modest, generationId)).toBeLessThan(4);
    await Promise.all(
      [...many.map((one) => one.generationId), generationId].map((id) =>
        greedy.request("generation:stop", { generationId: id }),
      ),
    );
    await demo.close();
  });

  it("[GS6] in the background wait until nobody waits who watches", async () => {
    const demo = await TestServer.start();
    const client = await demo.connect();
    await client.request("model:load", { modelId });
    const lanes = demo.server.pool.plan(modelId)?.sequences ?? 0;
    expect(lanes).toBeGreaterThan(0);
    const ask = async (maxTokens: number, priority?: "watched" | "background") => {
      const request = { modelId, prompt: "Once", contextOverflow: "shift" as const };
      const sampling = { ignoreEos: true, maxTokens };
      const wish = priority === undefined ? {} : { priority };
      const { generationId } = await client.request("generation:start", { ...request, sampling, ...wish });
      await client.follow(generationId);
      return generationId;
    };
    const endless = await Promise.all(Array.from({ length: lanes }, () => ask(1_000_000)));
    await Promise.all(endless.map((id) => client.untilText(id)));
    const places = (id: string) =>
      (client.events.get(id) ?? []).flatMap((event) =>
        event.type === "phase" && event.phase.phase === "queued" ? event.phase.position : [],
      );
    const background = await ask(2, "background");
    await client.until(background, () => places(background).at(-1) === 1);
    // They came later, and go before it.
    const watching = [await ask(2), await ask(2, "watched")];
    await client.until(background, () => places(background).at(-1) === 3);
    const ended: string[] = [];
    const all = [background, ...watching].map(async (id) => {
      await client.untilEnd(id);
      ended.push(id);
    });
    await client.request("generation:stop", { generationId: endless[0] ?? "" });
    await Promise.all(all);
    expect(ended).toEqual([...watching, background]);
    expect(await client.ask("generation:start", { modelId, prompt: "Once", priority: "urgent" })).toMatchObject({
      ok: false,
      error: { code: "bad_request", field: "priority" },
    });
    await demo.close();
  });

  it("[GL7] are kept after their end, but not without bound", async () => {
    const client = await connected();
    const first = await start(client, "Hi", 1);
    await client.follow(first);
    await client.untilEnd(first);
    const again = await connected();
    await again.follow(first);
    expect((await again.untilEnd(first)).end.stopReason).toBe("length");
    const later: string[] = [];
    // In rounds, because one connection may have only so many under way.
    for (let round = 0; round < 5; round++) {
      const ids = await Promise.all(Array.from({ length: 100 }, () => start(client, "Hi", 1)));
      for (const id of ids) await client.follow(id);
      await Promise.all(ids.map((id) => client.untilEnd(id)));
      later.push(...ids);
    }
    const last = later.at(-1) ?? "";
    expect(await client.ask("generation:follow", { generationId: first, afterSeq: 0 })).toMatchObject({
      ok: false,
      error: { code: "generation_not_found" },
    });
    expect(await client.ask("generation:follow", { generationId: last, afterSeq: 0 })).toMatchObject({ ok: true });
  });

  it("[GL8] are read once per connection, and only so many at a time", async () => {
    const client = await connected();
    const id = await start(client, "Hi", 3);
    await client.follow(id);
    const { events } = await client.untilEnd(id);
    await client.follow(id, (events.at(-1)?.seq ?? 0) - 1);
    await client.until(id, (all) => all.length > events.length);
    expect(client.events.get(id)).toEqual([...events, events.at(-1)]);

    const other = await connected();
    const running = await Promise.all(
      Array.from({ length: 257 }, (_, index) => start(index < 200 ? client : other, hang)),
    );
    for (const generationId of running.slice(0, 256)) await client.follow(generationId);
    const oneMore = { generationId: running[256] ?? "", afterSeq: 0 };
    expect(await client.ask("generation:follow", oneMore)).toMatchObject({ ok: false, error: { code: "queue_full" } });
    await client.request("generation:unfollow", { generationId: running[0] ?? "" });
    expect(await client.ask("generation:follow", oneMore)).toMatchObject({ ok: true });
    await Promise.all(running.map((generationId) => client.request("generation:stop", { generationId })));
  });
});

describe("models", () => {
  it("[MD1] [MD2] are listed with what they are doing, and everyone hears when that changes", async () => {
    const [a, b] = [await connected(), await connected()];
    await a.request("model:load", { modelId });
    const heard: ModelInfo["status"]["state"][] = [];
    const ready = new Promise<void>((resolve) => {
      b.socket.on("model:changed", ({ models }) => {
        const state = models.find((model) => model.id === modelId)?.status.state;
        if (state === undefined) return;
        heard.push(state);
        if (state === "ready") resolve();
      });
    });
    await a.request("model:unload", { modelId });
    expect((await a.request("model:list", {})).models).toMatchObject([{ id: modelId, status: { state: "unloaded" } }]);
    await a.request("model:load", { modelId });
    await ready;
    expect([...new Set(heard)]).toEqual(["unloaded", "loading", "ready"]);
    expect((await a.request("model:list", {})).models).toMatchObject([{ status: { state: "ready" } }]);
  });

  it("[MD5] can be pinned, and everyone hears of it", async () => {
    const [a, b] = [await connected(), await connected()];
    const heard = new Promise((resolve) => b.socket.once("model:changed", ({ models }) => resolve(models)));
    await a.request("model:pin", { modelId, pinned: true });
    expect(await heard).toMatchObject([{ id: modelId, pinned: true }]);
    await a.request("model:pin", { modelId, pinned: false });
    expect((await a.request("model:list", {})).models[0]).not.toHaveProperty("pinned");
  });

  it("[MD3] are loaded by the first request, and end their generations when they are unloaded", async () => {
    const client = await connected();
    await client.request("model:unload", { modelId });
    const id = await start(client, hang);
    await client.follow(id);
    const seen = await client.untilText(id);
    expect(seen.some((event) => event.type === "phase" && event.phase.phase === "loading")).toBe(true);
    await client.request("model:unload", { modelId });
    expect((await client.untilEnd(id)).end).toMatchObject({ stopReason: "error", error: { code: "worker_died" } });
  });
});

it("[CH4] a reply that is being made is read from its beginning by who opens the conversation", async () => {
  const [a, b] = [await connected(), await connected()];
  const { conversation, reply } = await a.send(hang);
  await a.follow(reply.generationId ?? "");
  await a.untilText(reply.generationId ?? "");
  const { messages } = await b.request("conversation:open", { conversationId: conversation.id });
  expect(messages.at(-1)).toMatchObject({ status: "generating", generationId: reply.generationId });
  await b.follow(reply.generationId ?? "");
  await a.request("generation:stop", { generationId: reply.generationId ?? "" });
  const [own, other] = [await a.untilEnd(reply.generationId ?? ""), await b.untilEnd(reply.generationId ?? "")];
  expect(other.text).toBe(own.text);
});
