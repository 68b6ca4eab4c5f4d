import { copyFile, mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ModelRegistry } from "../models/ModelRegistry.js";
import { AppError } from "../platform/AppError.js";
import { createLogger } from "../platform/logger.js";
import { packagePath } from "../platform/paths.js";
import type { ModelState } from "../protocol/model.js";
import { WorkerPool } from "../workers/WorkerPool.js";
import { temporaryHome } from "./TestServer.js";
import { randomModelShapes, writeRandomModel } from "./writeRandomModel.js";

const logger = createLogger("silent");
const demoFolder = join(packagePath, "models", "demo");
let home: Awaited<ReturnType<typeof temporaryHome>>;
let pool: WorkerPool;
/** What the pool is told is free; models of the demo's size take about 0.2 GB. */
let availableBytes = 8e9;
beforeAll(async () => {
  home = await temporaryHome();
  pool = new WorkerPool(
    { contextTokens: 512, maxThreads: 1, gpu: "off", idleUnloadMs: 0, availableBytes: () => availableBytes },
    logger,
  );
});
afterAll(async () => {
  await pool.close();
  await home.remove();
});

const model = async (id: string, damage: (path: string) => Promise<void> = async () => {}) => {
  const weightsPath = join(home.path, `${id}.gguf`);
  await copyFile(join(demoFolder, "demo-q8_0.gguf"), weightsPath);
  await damage(weightsPath);
  return { id, weightsPath, sizeBytes: 7_351_104 };
};

describe("WorkerPool", () => {
  it("loads a model once, however many ask, and tells each how far it is", async () => {
    const states: ModelState["state"][] = [];
    pool.onStateChange((id) => {
      if (id === "a") states.push(pool.state(id).state);
    });
    const demo = await model("a");
    const progress: number[] = [];
    const workers = await Promise.all([1, 2, 3].map(() => pool.acquire(demo, (value) => progress.push(value))));
    expect(new Set(workers).size).toBe(1);
    expect(progress[0]).toBe(0);
    expect(progress.at(-1)).toBe(1);
    expect(states[0]).toBe("loading");
    expect(states.at(-1)).toBe("ready");
  });

  it("takes the new weights of a model that was replaced while it was in memory", async () => {
    const before = await pool.acquire(await model("replaced"), () => {});
    const replaced = { ...(await model("replaced-since")), id: "replaced" };
    const after = await pool.acquire(replaced, () => {});
    expect(after).not.toBe(before);
    expect(before.state).toBe("dead");
    expect(await pool.acquire(replaced, () => {})).toBe(after);
    await pool.unload("replaced");
  });

  it("closes the one that was unused longest when another needs its memory", async () => {
    const [a, b, c] = [await model("a"), await model("b"), await model("c")];
    await pool.acquire(a, () => {});
    await pool.acquire(b, () => {});
    await pool.acquire(a, () => {});
    const loaded = () => ["a", "b", "c"].filter((id) => pool.state(id).state === "ready");
    // Enough for another one only when one of the two is gone.
    availableBytes = 0.6e9;
    pool.onStateChange((id) => {
      if (pool.state(id).state === "unloaded") availableBytes = 8e9;
    });
    await pool.acquire(c, () => {});
    expect(loaded()).toEqual(["a", "c"]);
  });

  it("[MD5] never closes a pinned one for another", async () => {
    await pool.close();
    const loaded = () => ["a", "b", "c"].filter((id) => pool.state(id).state === "ready");
    pool = new WorkerPool(
      {
        contextTokens: 512,
        maxThreads: 1,
        gpu: "off",
        idleUnloadMs: 0,
        pinned: ["a"],
        // Room for two.
        availableBytes: () => (loaded().length < 2 ? 8e9 : 0.6e9),
      },
      logger,
    );
    const [a, b, c] = [await model("a"), await model("b"), await model("c")];
    await pool.acquire(a, () => {});
    await pool.acquire(b, () => {});
    await pool.acquire(c, () => {});
    expect(loaded()).toEqual(["a", "c"]);
    pool.pin("c", true);
    await expect(pool.acquire(b, () => {})).rejects.toMatchObject({ code: "memory_short" });
    pool.pin("a", false);
    await pool.acquire(b, () => {});
    expect(loaded()).toEqual(["b", "c"]);
  });

  it("[MD6] counts for a plan what idle models would give back, and nothing of pinned ones", async () => {
    pool.pin("b", false);
    pool.pin("c", true);
    const wanted = await model("wanted");
    const { availableBytes: withIdle } = await pool.planLoad(wanted);
    pool.pin("b", true);
    const { availableBytes: withPinned } = await pool.planLoad(wanted);
    expect(withPinned).toBeCloseTo(0.6e9 - 512e6, -3);
    expect(withIdle).toBeGreaterThan(withPinned + 20e6);
    // Its own comes back too, though not the weights: these are mapped.
    const own = await pool.planLoad(await model("b"));
    expect(own.availableBytes).toBeGreaterThan(withPinned + 20e6);
  });

  it("closes nobody for one that would not fit all the same", async () => {
    await pool.close();
    availableBytes = 8e9;
    const small = { contextTokens: 512, maxThreads: 1, gpu: "off", idleUnloadMs: 0 } as const;
    pool = new WorkerPool({ ...small, availableBytes: () => availableBytes }, logger);
    const ids = ["a", "b"];
    for (const id of ids) await pool.acquire(await model(id), () => {});
    const large = { id: "large", weightsPath: join(home.path, "large.gguf"), sizeBytes: 2e9 };
    const shape = { ...randomModelShapes.tiny, embeddingLength: 2048, vocabularySize: 128_000 };
    await writeRandomModel(large.weightsPath, shape, { type: "Q4_0" });
    // With the small ones gone it would be 0.4 GB at the most, and the large one takes more.
    availableBytes = 0.52e9;
    await expect(pool.acquire(large, () => {})).rejects.toMatchObject({
      code: "memory_short",
      message: expect.stringMatching(/large needs 0\.\d+ GB of memory and 0\.\d+ GB are free/),
    });
    expect(ids.map((id) => pool.state(id).state)).toEqual(["ready", "ready"]);
    expect(pool.state("large").state).toBe("failed");
  });

  it("refuses with numbers what does not fit, and touches nothing else that is busy", async () => {
    await pool.close();
    availableBytes = 0.6e9;
    pool = new WorkerPool(
      { contextTokens: 512, maxThreads: 1, gpu: "off", idleUnloadMs: 0, availableBytes: () => availableBytes },
      logger,
    );
    await expect(pool.acquire(await model("e"), () => {})).rejects.toMatchObject({
      code: "memory_short",
      message: expect.stringMatching(/e needs 0\.\d GB of memory and 0\.1 GB are free/),
    });
    availableBytes = 8e9;
  });

  it("does not close for another one that makes an embedding", async () => {
    const embedding = await pool.acquire(await model("embedding"), () => {});
    process.kill(embedding.processId ?? 0, "SIGSTOP");
    const embedded = embedding.embed({ text: "Hello" });
    availableBytes = 0.6e9;
    await expect(pool.acquire(await model("f"), () => {})).rejects.toMatchObject({ code: "memory_short" });
    availableBytes = 8e9;
    process.kill(embedding.processId ?? 0, "SIGCONT");
    expect((await embedded).promptTokens).toBeGreaterThan(0);
    await pool.unload("embedding");
  });

  it("loads again what was unloaded", async () => {
    const demo = await model("d");
    const first = await pool.acquire(demo, () => {});
    await pool.unload("d");
    expect(pool.state("d")).toEqual({ state: "unloaded" });
    expect(await pool.acquire(demo, () => {})).not.toBe(first);
  });

  it("remembers no failure of a load that was cancelled", async () => {
    const demo = await model("cancelled");
    const loading = pool.acquire(demo, () => {});
    const cancelled = expect(loading).rejects.toBeInstanceOf(AppError);
    await pool.unload("cancelled");
    await cancelled;
    expect(pool.state("cancelled")).toEqual({ state: "unloaded" });
    await pool.acquire(demo, () => {});
    await pool.unload("cancelled");
  });

  it("[T15] never shows the engine a header that lies, says why, and tries again when asked again", async () => {
    const cut = await model("cut", (path) => truncate(path, 4_000_000));
    await expect(pool.acquire(cut, () => {})).rejects.toMatchObject({ code: "gguf_invalid" });
    expect(pool.state("cut")).toMatchObject({ state: "failed", error: { code: "gguf_invalid" } });
    await model("cut");
    await pool.acquire(cut, () => {});
    expect(pool.state("cut")).toEqual({ state: "ready" });
  });
});

describe("ModelRegistry", () => {
  const registry = () =>
    new ModelRegistry(
      { packageModelsPath: join(packagePath, "models"), homeModelsPath: join(home.path, "models") },
      logger,
    );
  const manifest = async () => JSON.parse(await readFile(join(demoFolder, "model.json"), "utf8"));
  const install = async (folder: string, content: string) => {
    const path = join(home.path, "models", folder);
    await mkdir(path, { recursive: true });
    await copyFile(join(demoFolder, "demo-q8_0.gguf"), join(path, "demo-q8_0.gguf"));
    await writeFile(join(path, "model.json"), content);
  };

  it("finds the model that ships, whatever the case of its name", async () => {
    const models = registry();
    await models.scan();
    expect(models.get("Alpaca.DEMO")).toMatchObject({
      id: "alpaca.demo",
      demo: true,
      sizeBytes: 7_351_104,
      promptFormat: "alpaca",
    });
  });

  it("finds what was installed and leaves out what is not finished or not readable", async () => {
    await install("llama/7B", JSON.stringify({ ...(await manifest()), id: "llama.7B" }));
    await install("llama/13B", "{ half a manif");
    await install("llama/30B", JSON.stringify({ manifestVersion: 1 }));
    await install("llama/65B", JSON.stringify({ ...(await manifest()), id: "llama.65B", file: "missing.gguf" }));
    await mkdir(join(home.path, "models", "alpaca", "7B"), { recursive: true });
    const models = registry();
    await models.scan();
    expect(models.list().map(({ id }) => id)).toEqual(["llama.7B", "alpaca.demo"]);
  });

  it("[T7] takes no path for a file's name", async () => {
    await install("evil/A", JSON.stringify({ ...(await manifest()), id: "evil.A", file: "../../../../etc/passwd" }));
    await install("evil/B", JSON.stringify({ ...(await manifest()), id: "../B" }));
    const models = registry();
    await models.scan();
    expect(models.list().filter(({ id }) => id.includes("evil") || (id.includes("B") && id !== "llama.7B"))).toEqual(
      [],
    );
  });
});
