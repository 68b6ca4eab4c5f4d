import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scriptedProgram } from "../bench/scriptedProgram.js";
import { StallingProxy } from "./StallingProxy.js";
import { TestClient, TestServer } from "./TestServer.js";

let cria: TestServer;
let proxy: StallingProxy;
beforeEach(async () => {
  cria = await TestServer.start(undefined, { worker: { program: scriptedProgram({ tokensPerSecond: 2000 }) } });
  proxy = await StallingProxy.start(cria.server.port);
});
afterEach(async () => {
  proxy.close();
  await cria.close();
});

const usedBytes = () => {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
};

describe("a client that does not read", () => {
  it("does not keep the server from closing", async () => {
    const client = await TestClient.connect(proxy.url);
    proxy.stall();
    const startMs = performance.now();
    await cria.server.close();
    expect(performance.now() - startMs).toBeLessThan(15_000);
    client.close();
  });

  it("[T22] is cut when it asks and asks and never reads the answers, and memory stays flat", async () => {
    const client = await TestClient.connect(proxy.url);
    const gone = new Promise<string>((resolve) => {
      for (const socket of cria.server.io.sockets.sockets.values()) socket.once("disconnect", resolve);
    });
    const before = usedBytes();
    proxy.stall();
    let asked = 0;
    const timer = setInterval(() => {
      for (let n = 0; n < 500; n++) client.socket.emit("model:list", {}, () => {});
      asked += 500;
    }, 5);
    await gone;
    clearInterval(timer);
    client.close();
    expect(usedBytes() - before).toBeLessThan(250e6);
    expect(asked).toBeGreaterThan(500);
    const other = await cria.connect();
    expect(await other.request("server:info", {})).toHaveProperty("version");
  });

  it("[T22] costs the reply and its other readers nothing, and can resume where it was", async () => {
    const [slow, quick] = [await TestClient.connect(proxy.url), await cria.connect()];
    const { generationId } = await quick.request("generation:start", {
      modelId: "alpaca.demo",
      prompt: "x",
      sampling: { maxTokens: 4000 },
    });
    await slow.follow(generationId);
    await quick.follow(generationId);
    await slow.untilText(generationId);
    proxy.stall();
    const { text } = await quick.untilEnd(generationId);
    const seen = slow.events.get(generationId) ?? [];
    const back = await cria.connect();
    back.events.set(generationId, seen);
    await back.follow(generationId, seen.at(-1)?.seq ?? 0);
    expect((await back.untilEnd(generationId)).text).toBe(text);
    slow.close();
  });
});
