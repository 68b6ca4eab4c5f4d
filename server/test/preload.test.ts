import { afterEach, describe, expect, it } from "vitest";
import type { AppError } from "../platform/AppError.js";
import { installDerivedModel } from "./installDerivedModel.js";
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

  it.each(["demo", "ALPACA.Demo"])("are named as everywhere: %s", async (name) => {
    cria = await TestServer.start(undefined, {}, { preload: name, pin: name });
    const { pool } = cria.server;
    await expect.poll(() => pool.state("alpaca.demo").state).toBe("ready");
    expect(pool.isPinned("alpaca.demo")).toBe(true);
  });

  it("are not guessed where several have the short name", async () => {
    const unknown: string[] = [];
    const onUnknownModel = (name: string, { code, hint }: AppError) => void unknown.push(`${name} ${code}: ${hint}`);
    const prepare = async (homePath: string) => void (await installDerivedModel(homePath, "demo", {}));
    cria = await TestServer.start(prepare, { onUnknownModel }, { preload: "demo,test.demo", logLevel: "warn" });
    const { pool } = cria.server;
    await expect.poll(() => pool.state("test.demo").state).toBe("ready");
    expect(pool.state("alpaca.demo")).toEqual({ state: "unloaded" });
    expect(unknown).toEqual(["demo bad_request: Give the whole name: test.demo or alpaca.demo."]);
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
    const onUnknownModel = (name: string) => void missing.push(name);
    const flags = { preload: "llama.7B,alpaca.demo", pin: "llama.13B" };
    cria = await TestServer.start(undefined, { onUnknownModel }, { ...flags, logLevel: "warn" });
    expect(missing).toEqual(["llama.13B", "llama.7B"]);
    await cria.close();
    cria = await TestServer.start(undefined, { onUnknownModel }, { ...flags, logLevel: "error" });
    expect(missing).toHaveLength(2);
  });
});
