import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "../platform/logger.js";
import { packagePath } from "../platform/paths.js";
import { RemoteEngine } from "../workers/remote/RemoteEngine.js";
import { WorkerPool } from "../workers/WorkerPool.js";
import { describeEngine } from "./engineContract.js";
import { TestServer } from "./TestServer.js";

const logger = createLogger("silent");
const token = "a-token-of-the-other-server";

describeEngine("the pool of workers", () => {
  const pool = new WorkerPool({ contextTokens: 512, maxThreads: 1, gpu: "off", idleUnloadMs: 0 }, logger);
  const weightsPath = join(packagePath, "models", "demo", "demo-q8_0.gguf");
  const demo = { id: "alpaca.demo", weightsPath, sizeBytes: 7_351_104 };
  return Promise.resolve({ engine: pool, demo, contextTokens: 512, close: () => pool.close() });
});

describeEngine("another Cria, by its OpenAI API", async () => {
  const other = await TestServer.start(undefined, {}, { token });
  const engine = new RemoteEngine({ name: "box", baseUrl: `${other.url}/v1`, apiKey: token }, logger);
  await engine.look();
  const demo = engine.models.find(({ remoteId }) => remoteId === "alpaca.demo");
  if (demo === undefined) throw new Error("the other server has no demo model");
  const close = async () => {
    await engine.close();
    await other.close();
  };
  return { engine, demo, contextTokens: 512, close };
});

describe("a server with another one as its engine", () => {
  let other: TestServer;
  let cria: TestServer;
  beforeAll(async () => {
    other = await TestServer.start();
    cria = await TestServer.start(undefined, {}, { engines: [`box=${other.url}`] });
  });
  afterAll(async () => {
    await cria.close();
    await other.close();
  });

  it("has its models beside its own, in every list", async () => {
    const client = await cria.connect();
    const { models } = await client.request("model:list", {});
    expect(models.map(({ id, engine, status }) => [id, engine, status.state])).toEqual([
      ["box.alpaca.demo", "box", "ready"],
      ["alpaca.demo", undefined, "unloaded"],
    ]);
    const listed = await (await fetch(`${cria.url}/v1/models`)).json();
    expect(listed).toMatchObject({
      data: [
        { id: "box.alpaca.demo", owned_by: "box", meta: { n_ctx_train: 512 } },
        { id: "alpaca.demo", owned_by: "cria" },
      ],
    });
    const tags = await (await fetch(`${cria.url}/api/tags`)).json();
    expect(tags).toMatchObject({ models: [{ name: "box.alpaca.demo:latest" }, { name: "alpaca.demo:latest" }] });
  });

  it("streams a chat from there, stores it, and loads nothing itself", async () => {
    const client = await cria.connect();
    const sampling = { temperature: 0, repeatPenalty: 1, maxTokens: 40 };
    const { reply, conversation } = await client.send("Who are you?", { modelId: "box.alpaca.demo", sampling });
    await client.follow(reply.generationId ?? "");
    const { text, end } = await client.untilEnd(reply.generationId ?? "");
    expect(text).toMatch(/^I am a tiny demo model/);
    expect(end).toMatchObject({ stopReason: "end" });
    const { messages } = await client.request("conversation:open", { conversationId: conversation.id });
    expect(messages.at(-1)).toMatchObject({ text, modelId: "box.alpaca.demo" });
    expect(cria.server.pool.processId("alpaca.demo")).toBeUndefined();
    expect(other.server.pool.processId("alpaca.demo")).toBeGreaterThan(0);
  });

  it("stops there what is stopped here", async () => {
    const client = await cria.connect();
    const sampling = { maxTokens: 400, ignoreEos: true };
    const { reply } = await client.send("Tell me a story.", { modelId: "box.alpaca.demo", sampling });
    const generationId = reply.generationId ?? "";
    await client.follow(generationId);
    await client.untilText(generationId);
    await client.request("generation:stop", { generationId });
    expect((await client.untilEnd(generationId)).end).toMatchObject({ stopReason: "stopped" });
    await expect.poll(() => other.server.generations.runningCount, { timeout: 20_000 }).toBe(0);
  });

  it("neither unloads nor removes what is not its own", async () => {
    const client = await cria.connect();
    for (const name of ["model:unload", "model:remove"] as const)
      expect(await client.ask(name, { modelId: "box.alpaca.demo" })).toMatchObject({
        ok: false,
        error: { code: "bad_request" },
      });
  });

  it("passes over how long a reply wishes what is not its own to be kept, and says so where nothing else is asked", async () => {
    const ask = async (rest: object) => {
      const response = await fetch(`${cria.url}/api/generate`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "box.alpaca.demo", stream: false, keep_alive: 0, ...rest }),
      });
      return { status: response.status, body: await response.json() };
    };
    const answer = await ask({ prompt: "Hi", options: { num_predict: 2 } });
    expect(answer).toMatchObject({ status: 200, body: { done: true, done_reason: "length" } });
    expect(await ask({})).toMatchObject({ status: 400, body: { error: expect.stringContaining("engine box") } });
    expect(other.server.pool.state("alpaca.demo").state).toBe("ready");
  });
});
