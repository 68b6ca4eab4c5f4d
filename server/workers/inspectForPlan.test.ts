import { copyFile, mkdtemp, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLogger } from "../platform/logger.js";
import { packagePath } from "../platform/paths.js";
import { inspectForPlan } from "./inspectForPlan.js";
import { WorkerPool } from "./WorkerPool.js";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-inspect-"));
  path = join(folder, "model.gguf");
  await copyFile(join(packagePath, "models", "demo", "demo-q8_0.gguf"), path);
  await utimes(path, 1000, 1000);
});
afterEach(() => rm(folder, { recursive: true }));

/** Other bytes in a file that says it is the same: whoever takes it for that one has not read it. */
async function damageUnseen(): Promise<void> {
  await writeFile(path, "no model", { flag: "r+" });
  await utimes(path, 1000, 1000);
}

describe("a file that plans are made from", () => {
  it("is read once, also by those who ask at the same moment", async () => {
    const [first, second] = await Promise.all([inspectForPlan(path), inspectForPlan(path)]);
    expect(second).toBe(first);
    await damageUnseen();
    expect(await inspectForPlan(path)).toBe(first);
  });

  it("is read anew when it is another one, and when it could not be read", async () => {
    const first = await inspectForPlan(path);
    await utimes(path, 1000, 1001);
    expect(await inspectForPlan(path)).not.toBe(first);
    await truncate(path, 100);
    await expect(inspectForPlan(path)).rejects.toMatchObject({ code: "gguf_invalid" });
    await expect(inspectForPlan(path)).rejects.toMatchObject({ code: "gguf_invalid" });
    await rm(path);
    await expect(inspectForPlan(path)).rejects.toMatchObject({ code: "weights_unreadable" });
  });

  it("[T15] is inspected itself before it is loaded, whatever was planned", async () => {
    const model = { id: "test.model", weightsPath: path, sizeBytes: 7_351_104 };
    const options = { contextTokens: 512, maxThreads: 1, gpu: "off", idleUnloadMs: 0 } as const;
    const pool = new WorkerPool(options, createLogger("silent"));
    const { memory } = await pool.planLoad(model);
    await damageUnseen();
    expect((await pool.planLoad(model)).memory).toEqual(memory);
    await expect(pool.acquire(model, () => {})).rejects.toMatchObject({ code: "gguf_invalid" });
    await pool.close();
  });
});
