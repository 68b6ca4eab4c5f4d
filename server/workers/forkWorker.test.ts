import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { forkWorker } from "./forkWorker.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-fork-"));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe("the process of a worker", () => {
  it("[T25] gets no secret, and one of libuv's threads, whatever the server has", async () => {
    const path = join(folder, "tell.mjs");
    await writeFile(path, "process.send(process.env); process.disconnect();");
    vi.stubEnv("CRIA_TOKEN", "secret");
    vi.stubEnv("UV_THREADPOOL_SIZE", "16");
    const child = forkWorker({ path, args: [] });
    const environment: NodeJS.ProcessEnv = await new Promise((resolve) => child.once("message", resolve));
    await new Promise((resolve) => child.once("close", resolve));
    expect(environment.CRIA_TOKEN).toBeUndefined();
    expect(environment.UV_THREADPOOL_SIZE).toBe("1");
  });
});
