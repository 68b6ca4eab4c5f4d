import { describe, expect, it } from "vitest";
import { createLogger } from "../platform/logger.js";
import { RedisProcess } from "../test/services/RedisProcess.js";
import { openInstallQueue } from "./openInstallQueue.js";
import { RedisConnections } from "./openRedis.js";

/** What happens to an install whose tries end so, with two tries at the most: which of them were told that they are the last. */
async function triesOf(outcomes: readonly ("ended" | "givenBack" | "failed")[]): Promise<boolean[]> {
  const redis = await RedisProcess.start();
  const connections = new RedisConnections(redis.url, createLogger("silent"));
  const clients = { queue: await connections.openForLibrary(), worker: await connections.openForLibrary() };
  const tries: boolean[] = [];
  let done = () => {};
  const allDone = new Promise<void>((resolve) => {
    done = resolve;
  });
  const perform = (_modelId: string, _job: unknown, isLast: boolean) => {
    const outcome = outcomes[tries.push(isLast) - 1] ?? "ended";
    if (tries.length === outcomes.length) done();
    return outcome === "failed" ? Promise.reject(new Error("not now")) : Promise.resolve(outcome);
  };
  const queue = await openInstallQueue(clients, perform, () => {}, { count: 2, delayMs: 10 });
  await queue.add("tiny.7M", { request: { modelId: "tiny.7M" } });
  await allDone;
  await queue.close();
  connections.close();
  await redis.close();
  return tries;
}

describe.skipIf(!RedisProcess.available)("the queue of installs", () => {
  it("counts as tries only what failed: what closing nodes give back goes on, the last try too", async () => {
    expect(await triesOf(["givenBack", "givenBack", "givenBack", "failed", "givenBack", "ended"])).toEqual([
      false,
      false,
      false,
      false,
      true,
      true,
    ]);
  });
});
