import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Writable } from "node:stream";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scriptedProgram } from "../bench/scriptedProgram.js";
import { packagePath } from "../platform/paths.js";
import { WorkerPool } from "../workers/WorkerPool.js";
import { temporaryHome } from "./TestServer.js";

const model = { id: "alpaca.demo", weightsPath: join(packagePath, "models", "demo", "demo-q8_0.gguf"), sizeBytes: 7e6 };
const modelId = model.id;

let home: Awaited<ReturnType<typeof temporaryHome>>;
let pool: WorkerPool | undefined;
let lines: { level: number; msg: string; reason?: string }[];
beforeEach(async () => {
  home = await temporaryHome();
  lines = [];
});
afterEach(async () => {
  await pool?.close();
  await home.remove();
});

/** A pool on a machine whose GPU does this when a model is loaded there. */
function poolOn(script: Parameters<typeof scriptedProgram>[0], gpu: "auto" | "off" = "auto"): WorkerPool {
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  pool = new WorkerPool(
    {
      contextTokens: 64,
      maxThreads: 1,
      gpu,
      idleUnloadMs: 0,
      worker: { program: scriptedProgram(script), timeouts: { loadStallMs: 2000 } },
    },
    pino({ level: "warn" }, sink),
  );
  return pool;
}
const warnings = () => lines.filter(({ level }) => level === 40);

describe("a GPU that fails when a model is loaded", () => {
  it.each([
    ["refuses", "failOnLoad", "the script says so"],
    ["ends the process", "dieOnLoad", "exit status 3"],
    ["never answers", "hangOnLoad", "no progress"],
  ] as const)("[MD8] %s: the model is loaded on the CPU, and says why", async (_how, fault, reason) => {
    const pool = poolOn({ gpu: "cuda", fault });
    const states: string[] = [];
    pool.onStateChange((id) => states.push(pool.state(id).state));
    const [worker, same] = await Promise.all([pool.acquire(model, () => {}), pool.acquire(model, () => {})]);
    expect(same).toBe(worker);
    expect(worker.info?.gpu).toBe(false);
    expect(pool.state(modelId)).toEqual({ state: "ready", gpuFailure: expect.stringContaining(reason) });
    expect(states).not.toContain("failed");
    expect(warnings()).toMatchObject([
      { msg: expect.stringContaining("CPU"), reason: expect.stringContaining(reason) },
    ]);
    // Not tried again with the next load, and not said again.
    await pool.unload(modelId);
    expect(pool.state(modelId)).toEqual({ state: "unloaded" });
    await pool.acquire(model, () => {});
    expect(pool.state(modelId)).toHaveProperty("gpuFailure");
    expect(warnings()).toHaveLength(1);
    // Unless somebody asks for it.
    await pool.unload(modelId);
    await pool.retry(model, () => {});
    expect(warnings()).toHaveLength(2);
  });

  it("is used where it works", async () => {
    const pool = poolOn({ gpu: "cuda" });
    const worker = await pool.acquire(model, () => {});
    expect(worker.info?.gpu).toBe("cuda");
    expect(pool.state(modelId)).toEqual({ state: "ready" });
  });

  it("is not blamed for what fails on the CPU", async () => {
    const pool = poolOn({ fault: "failOnLoad" });
    await expect(pool.acquire(model, () => {})).rejects.toMatchObject({ code: "model_load_failed" });
    expect(pool.state(modelId)).toMatchObject({ state: "failed" });
    expect(warnings()).toEqual([]);
  });

  it("is not followed by another process when the model was taken out meanwhile", async () => {
    const pool = poolOn({ gpu: "cuda", fault: "hangOnLoad" });
    const acquired = pool.acquire(model, () => {});
    acquired.catch(() => {});
    await expect.poll(() => pool.processId(modelId)).toBeDefined();
    await pool.unload(modelId);
    await expect(acquired).rejects.toBeDefined();
    expect(warnings()).toEqual([]);
    expect(pool.state(modelId).state).not.toBe("ready");
  });
});

describe("weights that no GPU and no CPU can load", () => {
  it("fail as they would without a GPU, and the next try begins with the GPU again", async () => {
    const path = join(home.path, "broken.gguf");
    await writeFile(path, "GGUF and nothing else");
    const pool = poolOn({ gpu: "cuda" });
    await expect(pool.acquire({ ...model, weightsPath: path }, () => {})).rejects.toMatchObject({
      code: "gguf_invalid",
    });
    const worker = await pool.acquire(model, () => {});
    expect(worker.info?.gpu).toBe("cuda");
  });
});
