import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "../platform/logger.js";
import { randomId } from "../platform/randomId.js";
import { RedisProcess } from "../test/services/RedisProcess.js";
import { keys } from "./keys.js";
import { NodeCalls } from "./NodeCalls.js";
import { type Redis, RedisConnections } from "./openRedis.js";
import { Presence } from "./Presence.js";

const logger = createLogger("silent");

/** A node with nothing but its presence and its calls, which dies without a word. */
class BareNode {
  readonly id: string;
  readonly presence: Presence;
  readonly calls: NodeCalls;
  readonly redis: Redis;
  readonly #connections: RedisConnections;
  running = 0;

  private constructor(id: string, redis: Redis, subscriber: Redis, connections: RedisConnections) {
    this.id = id;
    this.redis = redis;
    this.#connections = connections;
    this.presence = new Presence(
      redis,
      { nodeId: id, url: `http://${id}`, running: () => this.running, heartbeatMs: 50, ttlMs: 1000 },
      logger,
    );
    this.calls = new NodeCalls(redis, subscriber, this.presence, logger);
  }

  static async start(server: RedisProcess): Promise<BareNode> {
    const connections = new RedisConnections(server.url, logger);
    const node = new BareNode(randomId(), await connections.open(), await connections.openSubscriber(), connections);
    await node.calls.listen();
    await node.presence.start();
    return node;
  }

  /** Resolves with the next node that is found dead. */
  nextDead(): Promise<string> {
    return new Promise((resolve) => {
      const unsubscribe = this.presence.onDead((nodeId) => {
        unsubscribe();
        resolve(nodeId);
      });
    });
  }

  async untilSees(enough: (presence: Presence) => boolean): Promise<void> {
    while (!enough(this.presence)) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  die(): void {
    this.#connections.close();
  }
}

describe.skipIf(!RedisProcess.available)("nodes that share a Redis", () => {
  let server: RedisProcess;
  const nodes: BareNode[] = [];
  const start = async (count: number): Promise<BareNode[]> => {
    for (let n = 0; n < count; n++) nodes.push(await BareNode.start(server));
    for (const node of nodes) await node.untilSees((presence) => presence.nodes.length >= count);
    return [...nodes];
  };
  beforeAll(async () => {
    server = await RedisProcess.start();
  });
  afterEach(async () => {
    for (const node of nodes.splice(0)) {
      await node.presence.close();
      node.die();
    }
  });
  afterAll(() => server.close());

  it("see each other, and how much each has to do", async () => {
    const [one, two] = await start(2);
    if (one === undefined || two === undefined) throw new Error("no nodes");
    two.running = 7;
    await one.untilSees((presence) => presence.nodes.some(({ id, running }) => id === two.id && running === 7));
    expect(one.presence.nodes.map(({ id }) => id).sort()).toEqual([one.id, two.id].sort());
    one.presence.give(two.id);
    expect(one.presence.nodes.find(({ id }) => id === two.id)?.running).toBe(8);
    await one.untilSees((presence) => presence.nodes.some(({ id, running }) => id === two.id && running === 7));
  });

  it("notice one that died, and are not told of one that said goodbye", async () => {
    const [one, two, three] = await start(3);
    if (one === undefined || two === undefined || three === undefined) throw new Error("no nodes");
    await three.presence.close();
    await one.untilSees((presence) => !presence.isAlive(three.id));
    const dead = one.nextDead();
    two.die();
    expect(await dead).toBe(two.id);
    expect(one.presence.isAlive(two.id)).toBe(false);
    await one.presence.forget(two.id);
    expect(await one.redis.smembers(keys.nodes)).toEqual([one.id]);
  });

  it("take nobody for dead because Redis was away", async () => {
    const [one, two] = await start(2);
    if (one === undefined || two === undefined) throw new Error("no nodes");
    const dead: string[] = [];
    for (const node of [one, two]) node.presence.onDead((nodeId) => dead.push(nodeId));
    await server.kill();
    // Longer than a word of theirs counts.
    await new Promise((resolve) => setTimeout(resolve, 1200));
    await server.run();
    await one.redis.del(keys.node(one.id), keys.node(two.id)).catch(() => {});
    for (const node of [one, two]) await node.untilSees((presence) => presence.nodes.length === 2);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(dead).toEqual([]);
  });

  it("ask each other, and get the answer or the error", async () => {
    const [one, two] = await start(2);
    if (one === undefined || two === undefined) throw new Error("no nodes");
    two.calls.answer("double", (payload) => Promise.resolve({ doubled: Number(payload) * 2 }));
    two.calls.answer("fail", () => Promise.reject(new Error("a secret of the inside")));
    expect(await one.calls.ask(two.id, "double", 21)).toEqual({ doubled: 42 });
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => one.calls.ask(two.id, "double", n)));
    expect(answers).toEqual(Array.from({ length: 50 }, (_, n) => ({ doubled: 2 * n })));
    await expect(one.calls.ask(two.id, "fail", {})).rejects.toMatchObject({ code: "internal" });
    await expect(one.calls.ask(two.id, "nonsense", {})).rejects.toMatchObject({ code: "bad_request" });
  });

  it("hear at once that nobody listens, and soon that one died before it answered", async () => {
    const [one, two] = await start(2);
    if (one === undefined || two === undefined) throw new Error("no nodes");
    await expect(one.calls.ask(randomId(), "double", 1)).rejects.toMatchObject({ name: "NotHeard", code: "node_gone" });
    let heard: () => void = () => {};
    const asked = new Promise<void>((resolve) => {
      heard = resolve;
    });
    two.calls.answer("hang", () => {
      heard();
      return new Promise(() => {});
    });
    const answer = one.calls.ask(two.id, "hang", {});
    await asked;
    two.die();
    await expect(answer).rejects.toMatchObject({ name: "AppError", code: "node_gone" });
  });

  it("[T28] pass over what is no message of theirs", async () => {
    const [one, two] = await start(2);
    if (one === undefined || two === undefined) throw new Error("no nodes");
    two.calls.answer("double", (payload) => Promise.resolve({ doubled: Number(payload) * 2 }));
    const bad = [
      "",
      "{",
      "null",
      "[]",
      '{"type":"question"}',
      '{"type":"answer","id":5}',
      '{"type":"question","id":"x"}',
    ];
    for (const text of bad) await one.redis.publish(keys.inbox(two.id), text);
    expect(await one.calls.ask(two.id, "double", 1)).toEqual({ doubled: 2 });
  });

  it("[T28] show nothing of the address of Redis when it refuses them", async () => {
    const wrong = server.url.replace(server.password, "not-the-password");
    const error: unknown = await new RedisConnections(wrong, logger).open().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "redis_failed" });
    const shown = JSON.stringify(error) + String(error) + String((error as Error).stack);
    expect(shown).not.toContain("not-the-password");
    const nobody = new RedisConnections("redis://:a-password-of-nobody@127.0.0.1:1", logger).open();
    await expect(nobody).rejects.toMatchObject({ code: "redis_failed" });
    await expect(nobody).rejects.not.toMatchObject({ message: expect.stringContaining("a-password-of-nobody") });
  });
});
