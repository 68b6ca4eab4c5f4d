import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLogger } from "../platform/logger.js";
import { randomId } from "../platform/randomId.js";
import { RedisProcess } from "../test/services/RedisProcess.js";
import { DeadNodes, type TakeOver } from "./DeadNodes.js";
import { GenerationStreams, type StoredLog } from "./GenerationStreams.js";
import { keys } from "./keys.js";
import { RedisConnections } from "./openRedis.js";
import { Presence } from "./Presence.js";

const logger = createLogger("silent");
const facts = { modelId: "alpaca.demo", by: { id: "local", owner: "local", name: "this machine" } };

describe.skipIf(!RedisProcess.available)("what a dead node was making", () => {
  let server: RedisProcess;
  const closing: (() => Promise<void> | void)[] = [];
  // What the nodes of one test leave unfinished those of the next would find.
  beforeEach(async () => {
    server = await RedisProcess.start();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await server.close();
  });

  async function streamsOf(nodeId: string): Promise<GenerationStreams> {
    const connections = new RedisConnections(server.url, logger);
    closing.push(() => connections.close());
    return new GenerationStreams(await connections.open(), nodeId);
  }

  /** Two generations of a node that was there once. */
  async function leave(): Promise<{ dead: GenerationStreams; ids: string[] }> {
    const dead = await streamsOf(randomId());
    const ids = [randomId(), randomId()];
    for (const id of ids) await dead.begin(id, facts);
    await dead.redis.sadd(keys.nodes, dead.nodeId);
    return { dead, ids };
  }

  function watch(streams: GenerationStreams): Presence {
    const { nodeId, redis } = streams;
    const presence = new Presence(
      redis,
      { nodeId, url: "http://here", running: () => 0, heartbeatMs: 50, ttlMs: 500 },
      logger,
    );
    closing.push(() => presence.close());
    return presence;
  }

  async function clearAway(streams: GenerationStreams, takeOver: TakeOver): Promise<DeadNodes> {
    const presence = watch(streams);
    const deadNodes = new DeadNodes(presence, streams, takeOver, logger);
    closing.push(() => deadNodes.close());
    await presence.start();
    return deadNodes;
  }

  it("is tried again until it goes on, and keeps nothing else waiting", async () => {
    const { dead, ids } = await leave();
    const [stubborn = "", other = ""] = ids;
    const survivor = await streamsOf(randomId());
    const tries: string[] = [];
    await new Promise<void>((resolve) => {
      const takeOver = (id: string): Promise<void> => {
        tries.push(id);
        const times = tries.filter((tried) => tried === stubborn).length;
        if (id === stubborn && times < 3) return Promise.reject(new Error("the database is away"));
        if (times >= 3 && tries.includes(other)) resolve();
        return Promise.resolve();
      };
      void clearAway(survivor, takeOver);
    });
    expect(tries.toSorted()).toEqual([stubborn, stubborn, stubborn, other].toSorted());
    expect((await survivor.runningOn(survivor.nodeId)).toSorted()).toEqual(ids.toSorted());
    expect(await survivor.runningOn(dead.nodeId)).toEqual([]);
  });

  it("is taken over also when the answer that this node has it now was lost", async () => {
    const { ids } = await leave();
    const survivor = await streamsOf(randomId());
    const ask = survivor.takeOver.bind(survivor);
    vi.spyOn(survivor, "takeOver").mockImplementationOnce(async (...question) => {
      await ask(...question);
      throw new Error("Command timed out");
    });
    const taken = new Map<string, StoredLog>();
    await new Promise<void>((resolve) => {
      void clearAway(survivor, (id, stored) => {
        taken.set(id, stored);
        if (taken.size === ids.length) resolve();
        return Promise.resolve();
      });
    });
    expect([...taken.keys()].toSorted()).toEqual(ids.toSorted());
    expect([...taken.values()].map(({ nodeId }) => nodeId)).toEqual([survivor.nodeId, survivor.nodeId]);
  });

  it("is left to the next one when this node closes before it could go on", async () => {
    const { ids } = await leave();
    const [first, second] = [await streamsOf(randomId()), await streamsOf(randomId())];
    const presence = watch(first);
    const failed = new Set<string>();
    let deadNodes: DeadNodes | undefined;
    await new Promise<void>((resolve) => {
      deadNodes = new DeadNodes(
        presence,
        first,
        (id) => {
          failed.add(id);
          if (failed.size === ids.length) resolve();
          return Promise.reject(new Error("the database is away"));
        },
        logger,
      );
      void presence.start();
    });
    await deadNodes?.close();
    await presence.close();
    const taken = new Set<string>();
    await new Promise<void>((resolve) => {
      void clearAway(second, (id) => {
        taken.add(id);
        if (taken.size === ids.length) resolve();
        return Promise.resolve();
      });
    });
    expect([...taken].toSorted()).toEqual(ids.toSorted());
    expect(await second.runningOn(first.nodeId)).toEqual([]);
  });

  it("is nobody's only when no node can find it any more", async () => {
    const { dead, ids } = await leave();
    const [id = "", other = ""] = ids;
    const { nodeId, redis } = dead;
    // The others find it dead, and this with it.
    expect(await dead.isOrphaned(id, nodeId)).toBe(false);
    await redis.srem(keys.running(nodeId), id);
    expect(await dead.isOrphaned(id, nodeId)).toBe(true);
    expect(await dead.isOrphaned(other, nodeId)).toBe(false);
    await redis.srem(keys.nodes, nodeId);
    expect(await dead.isOrphaned(other, nodeId)).toBe(true);
    await redis.set(keys.node(nodeId), "{}");
    expect(await dead.isOrphaned(other, nodeId)).toBe(false);
  });
});
