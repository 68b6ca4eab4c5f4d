import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { resolveSampling } from "../chat/resolveSampling.js";
import { openEngine } from "../openEngine.js";
import { createLogger } from "../platform/logger.js";
import { packagePath } from "../platform/paths.js";
import { randomId } from "../platform/randomId.js";
import type { ModelWorker } from "../workers/ModelWorker.js";
import type { PoolOptions } from "../workers/PoolOptions.js";
import { WorkerPool } from "../workers/WorkerPool.js";
import { temporaryHome, testConfig } from "./TestServer.js";

const logger = createLogger("silent");
const minuteMs = 60_000;

let home: Awaited<ReturnType<typeof temporaryHome>>;
const ends: (() => Promise<void>)[] = [];
beforeEach(async () => {
  home = await temporaryHome();
});
afterEach(async () => {
  vi.useRealTimers();
  for (const end of ends.splice(0)) await end();
  await home.remove();
});

function openPool(options: Partial<PoolOptions> = {}): WorkerPool {
  const pool = new WorkerPool(
    {
      contextTokens: 512,
      maxThreads: 1,
      gpu: "off",
      idleUnloadMs: 30 * minuteMs,
      // The watchdog's clock is the pool's: to it a process that did nothing for an hour of ours is a stuck one.
      worker: { timeouts: { lookMs: 2 ** 31 - 1 } },
      ...options,
    },
    logger,
  );
  ends.push(() => pool.close());
  return pool;
}

async function model(id: string) {
  const weightsPath = join(home.path, `${id}.gguf`);
  await copyFile(join(packagePath, "models", "demo", "demo-q8_0.gguf"), weightsPath);
  return { id, weightsPath, sizeBytes: 7_351_104 };
}

/** A reply that goes on until it is stopped. */
async function beginReply(worker: ModelWorker): Promise<{ stop(): Promise<void> }> {
  const id = randomId();
  const events = { written: () => {}, ended: () => {} };
  const written = new Promise<void>((resolve) => {
    events.written = resolve;
  });
  const ended = new Promise<void>((resolve) => {
    events.ended = resolve;
  });
  const sampling = resolveSampling({ maxTokens: 1_000_000, ignoreEos: true });
  const options = { contextShift: true };
  worker.generate(
    { id, input: { text: "One day" }, sampling, client: "a", owner: "local", priority: "watched", options },
    { queued: () => {}, reading: () => {}, text: events.written, done: events.ended, failed: events.ended },
  );
  await written;
  return {
    stop: () => {
      worker.stop(id);
      return ended;
    },
  };
}

/** The pool's clock is ours; the processes' is not. */
const holdTheClock = () => vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });

describe("[MD9] a model that nobody uses", () => {
  it("leaves the memory after its time, counted from the end of the last reply and not from its beginning", async () => {
    holdTheClock();
    const pool = openPool();
    const demo = await model("a");
    const worker = await pool.acquire(demo, () => {});
    const reply = await beginReply(worker);
    vi.advanceTimersByTime(40 * minuteMs);
    expect(pool.state("a").state).toBe("ready");
    await reply.stop();
    vi.advanceTimersByTime(29 * minuteMs);
    expect(pool.state("a").state).toBe("ready");
    vi.advanceTimersByTime(2 * minuteMs);
    await worker.exited;
    expect(pool.state("a")).toEqual({ state: "unloaded" });
  });

  it("stays when it is pinned, and when the time is 0", async () => {
    holdTheClock();
    const pools = [openPool({ pinned: ["a"] }), openPool({ idleUnloadMs: 0 })];
    const demo = await model("a");
    for (const pool of pools) await pool.acquire(demo, () => {});
    vi.advanceTimersByTime(24 * 60 * minuteMs);
    expect(pools.map((pool) => pool.state("a").state)).toEqual(["ready", "ready"]);
  });

  it("is not one that somebody counts tokens with, between one count and the next", async () => {
    holdTheClock();
    const { pool, generations, close } = await openEngine(
      { ...testConfig(home.path), idleUnloadMinutes: 30 },
      {},
      logger,
    );
    ends.push(close);
    await generations.count("alpaca.demo", async ({ countTokens }) => {
      expect(await countTokens({ text: "One day" })).toBeGreaterThan(0);
      vi.advanceTimersByTime(60 * minuteMs);
      expect(await countTokens({ text: "One day" })).toBeGreaterThan(0);
    });
    vi.advanceTimersByTime(29 * minuteMs);
    expect(pool.state("alpaca.demo").state).toBe("ready");
    vi.advanceTimersByTime(2 * minuteMs);
    await expect.poll(() => pool.state("alpaca.demo").state).toBe("unloaded");
  });

  it("leaves after a time of its own, where it was wanted for one, also where others never do", async () => {
    holdTheClock();
    const demo = await model("a");
    for (const idleUnloadMs of [0, 30 * minuteMs]) {
      const pool = openPool({ idleUnloadMs });
      const worker = await pool.acquire(demo, () => {});
      expect(pool.idleTimeLeftMs("a")).toBe(idleUnloadMs === 0 ? Number.POSITIVE_INFINITY : idleUnloadMs);
      vi.advanceTimersByTime(20 * minuteMs);
      pool.keepAlive("a", 5 * minuteMs);
      vi.advanceTimersByTime(2 * minuteMs);
      expect(pool.idleTimeLeftMs("a")).toBe(3 * minuteMs);
      // Another use begins the time anew, and it is the same time.
      await pool.acquire(demo, () => {});
      vi.advanceTimersByTime(4 * minuteMs);
      expect(pool.state("a").state).toBe("ready");
      vi.advanceTimersByTime(minuteMs);
      await worker.exited;
      expect(pool.state("a")).toEqual({ state: "unloaded" });
      // That time left with it.
      await pool.acquire(demo, () => {});
      expect(pool.idleTimeLeftMs("a")).toBe(idleUnloadMs === 0 ? Number.POSITIVE_INFINITY : idleUnloadMs);
    }
  });

  it("stays where it was wanted for good, until it is wanted for less", async () => {
    holdTheClock();
    const pool = openPool();
    const worker = await pool.acquire(await model("a"), () => {});
    pool.keepAlive("a", Number.POSITIVE_INFINITY);
    vi.advanceTimersByTime(24 * 60 * minuteMs);
    expect([pool.state("a").state, pool.idleTimeLeftMs("a")]).toEqual(["ready", Number.POSITIVE_INFINITY]);
    const reply = await beginReply(worker);
    pool.keepAlive("a", 0);
    vi.advanceTimersByTime(minuteMs);
    expect(pool.state("a").state).toBe("ready");
    await reply.stop();
    vi.advanceTimersByTime(1000);
    await worker.exited;
  });

  it("makes room for another even if it was wanted for good", async () => {
    const pool: WorkerPool = openPool({ availableBytes: () => (pool.state("a").state === "ready" ? 0.6e9 : 8e9) });
    await pool.acquire(await model("a"), () => {});
    pool.keepAlive("a", Number.POSITIVE_INFINITY);
    await pool.acquire(await model("b"), () => {});
    expect(["a", "b"].map((id) => pool.state(id).state)).toEqual(["unloaded", "ready"]);
  });
});

describe("a load that was cancelled while it waited behind another", () => {
  it("takes nobody's place, and says what happened", async () => {
    const loaded = () => ["idle", "slow"].filter((id) => pool.state(id).state === "ready").length;
    // Room for two.
    const pool: WorkerPool = openPool({ availableBytes: () => (loaded() < 2 ? 8e9 : 0.6e9) });
    const [idle, slow, third] = [await model("idle"), await model("slow"), await model("third")];
    await pool.acquire(idle, () => {});
    const slowLoad = pool.acquire(slow, () => {});
    const thirdLoad = pool.acquire(third, () => {});
    const refused = expect(thirdLoad).rejects.toMatchObject({
      code: "worker_died",
      message: "third was taken out of memory before it was loaded.",
    });
    await pool.unload("third");
    await slowLoad;
    await refused;
    expect(pool.state("idle").state).toBe("ready");
    expect(pool.state("third")).toEqual({ state: "unloaded" });
  });
});
