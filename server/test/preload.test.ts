import { afterEach, describe, expect, it } from "vitest";
import { TestServer } from "./TestServer.js";

let cria: TestServer | undefined;
afterEach(async () => {
  await cria?.close();
  cria = undefined;
});

describe("models to load at the start", () => {
  it("are loaded before anybody asks, and stay where they are pinned", async () => {
    cria = await TestServer.start(undefined, {}, { preload: "alpaca.demo", pin: "alpaca.demo" });
    const { pool } = cria.server;
    await expect.poll(() => pool.state("alpaca.demo").state).toBe("ready");
    expect(pool.isPinned("alpaca.demo")).toBe(true);
  });

  it("may be missing: the server is there for the others, and for installing them", async () => {
    cria = await TestServer.start(undefined, {}, { preload: "llama.7B,alpaca.demo", pin: "llama.13B" });
    const { pool } = cria.server;
    await expect.poll(() => pool.state("alpaca.demo").state).toBe("ready");
    expect(pool.isPinned("llama.13B")).toBe(true);
    expect((await fetch(`${cria.url}/health`)).status).toBe(200);
  });

  it("are named where they are missing, unless the log has no warnings", async () => {
    const missing: string[] = [];
    const onNotInstalled = (modelId: string) => void missing.push(modelId);
    const flags = { preload: "llama.7B,alpaca.demo", pin: "llama.13B" };
    cria = await TestServer.start(undefined, { onNotInstalled }, { ...flags, logLevel: "warn" });
    expect(missing).toEqual(["llama.13B", "llama.7B"]);
    await cria.close();
    cria = await TestServer.start(undefined, { onNotInstalled }, { ...flags, logLevel: "error" });
    expect(missing).toHaveLength(2);
  });
});
