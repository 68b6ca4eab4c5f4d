import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { GenerationLog, ReadableLog } from "../chat/GenerationLog.js";
import type { MemoryGenerationLog } from "../chat/MemoryGenerationLog.js";
import { createLogger } from "../platform/logger.js";
import { randomId } from "../platform/randomId.js";
import { describeGenerationLog, type LogsUnderTest } from "../test/generationLogContract.js";
import { RedisProcess } from "../test/services/RedisProcess.js";
import { FollowedLogs } from "./FollowedLogs.js";
import { GenerationStreams } from "./GenerationStreams.js";
import { keys } from "./keys.js";
import { RedisConnections } from "./openRedis.js";
import { RedisGenerationLog, type RedisLogOptions } from "./RedisGenerationLog.js";

const logger = createLogger("silent");
const facts = { modelId: "alpaca.demo", by: { id: "local", owner: "local", name: "this machine" } };

/** What a node has for logs. */
class LogNode {
  readonly streams: GenerationStreams;
  readonly followed: FollowedLogs;
  readonly #connections: RedisConnections;

  private constructor(streams: GenerationStreams, followed: FollowedLogs, connections: RedisConnections) {
    this.streams = streams;
    this.followed = followed;
    this.#connections = connections;
  }

  static async start(redis: RedisProcess, nodeId = randomId()): Promise<LogNode> {
    const connections = new RedisConnections(redis.url, logger);
    const streams = new GenerationStreams(await connections.open(), nodeId);
    return new LogNode(streams, new FollowedLogs(streams, await connections.openSubscriber(), logger), connections);
  }

  log(id: string, options: Omit<RedisLogOptions, "follow"> = {}): RedisGenerationLog {
    const follow: RedisLogOptions["follow"] = (given, shown) => this.followed.into(given, shown);
    return new RedisGenerationLog(id, facts, this.streams, { ...options, follow }, logger);
  }

  async follow(id: string, keptEvents?: number): Promise<ReadableLog> {
    const followed = await this.followed.open(id, keptEvents);
    if (followed === undefined) throw new Error("there is no such log");
    return followed.log;
  }

  close(): void {
    this.#connections.close();
  }
}

function until(log: ReadableLog, enough: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!enough()) return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = log.subscribe(look);
    look();
  });
}

/** Counts what is appended, so that a test can wait until all of it can be read. */
function counted(log: GenerationLog): GenerationLog & { appended: number } {
  return {
    appended: 0,
    get lastSeq() {
      return log.lastSeq;
    },
    get ended() {
      return log.ended;
    },
    get text() {
      return log.text;
    },
    append(event) {
      const taken = log.append(event);
      if (taken) this.appended++;
      return taken;
    },
    read: (afterSeq) => log.read(afterSeq),
    subscribe: (wake) => log.subscribe(wake),
  };
}

async function openLogs(where: "here" | "on another node"): Promise<LogsUnderTest> {
  const redis = await RedisProcess.start();
  const [writer, other] = [await LogNode.start(redis), await LogNode.start(redis)];
  return {
    async open(options) {
      const id = randomId();
      const log = counted(writer.log(id, options));
      if (where === "here") return { log, reader: log, settled: () => until(log, () => log.lastSeq >= log.appended) };
      // It exists elsewhere from its first moment on.
      await writer.streams.begin(id, facts);
      const reader = await other.follow(id, options.keptEvents);
      return { log, reader, settled: () => until(reader, () => reader.lastSeq >= log.appended) };
    },
    async close() {
      writer.close();
      other.close();
      await redis.close();
    },
  };
}

describe.skipIf(!RedisProcess.available)("with Redis", () => {
  describeGenerationLog("RedisGenerationLog", () => openLogs("here"), 15);

  describe("RedisGenerationLog", () => {
    let redis: RedisProcess;
    const nodes: LogNode[] = [];
    beforeAll(async () => {
      redis = await RedisProcess.start();
    });
    afterEach(() => {
      for (const node of nodes.splice(0)) node.close();
    });
    afterAll(() => redis.close());

    async function startNode(nodeId?: string): Promise<LogNode> {
      const node = await LogNode.start(redis, nodeId);
      nodes.push(node);
      return node;
    }

    it("[GL2] shows a reader nothing that Redis does not have", async () => {
      const [writer, other] = [await startNode(), await startNode()];
      const id = randomId();
      const log = writer.log(id);
      log.append({ type: "text", text: "a", tokenCount: 1 });
      expect(log.read(0)).toEqual([]);
      await until(log, () => log.lastSeq === 1);
      expect(await other.streams.redis.xlen(keys.log(id))).toBe(1);
    });

    it("loses and doubles nothing when Redis is killed again and again, here and on another node", async () => {
      const [writer, other] = [await startNode(), await startNode()];
      const id = randomId();
      const log = writer.log(id);
      log.append({ type: "phase", phase: { phase: "answering" } });
      await until(log, () => log.lastSeq === 1);
      const reader = await other.follow(id);
      const seen: number[] = [];
      let cursor = 0;
      reader.subscribe(() => {
        for (const event of reader.read(cursor)) {
          seen.push(event.seq);
          cursor = event.seq;
        }
      });
      let text = "";
      for (let round = 0; round < 3; round++) {
        const append = (count: number) => {
          for (let n = 0; n < count; n++) {
            text += `${round}.${n} `;
            log.append({ type: "text", text: `${round}.${n} `, tokenCount: 1 });
          }
        };
        append(100);
        // In the middle of what has been sent and not been answered.
        await Promise.resolve();
        await redis.kill();
        append(100);
        const before = log.lastSeq;
        await redis.run();
        await until(log, () => log.lastSeq > before);
      }
      log.append({ type: "end", stopReason: "end" });
      await until(reader, () => reader.ended);
      expect(reader.text).toBe(text);
      expect(log.text).toBe(text);
      expect(seen).toEqual(seen.map((_, index) => index + 1));
      expect(cursor).toBe(log.lastSeq);
    });

    it("catches up when Redis hangs and goes on", async () => {
      const writer = await startNode();
      const log = writer.log(randomId());
      log.append({ type: "text", text: "a", tokenCount: 1 });
      await until(log, () => log.lastSeq === 1);
      redis.signal("SIGSTOP");
      try {
        log.append({ type: "text", text: "b", tokenCount: 1 });
        log.append({ type: "end", stopReason: "end" });
        expect(log.ended).toBe(false);
      } finally {
        redis.signal("SIGCONT");
      }
      await until(log, () => log.ended);
      expect(log.text).toBe("ab");
    });

    it("stores everything once more when Redis has forgotten it", async () => {
      const [writer, other] = [await startNode(), await startNode()];
      const id = randomId();
      const log = writer.log(id, { keptEvents: 20 });
      for (let n = 0; n < 50; n++) log.append({ type: "text", text: `${n} `, tokenCount: 1 });
      await until(log, () => log.lastSeq === 50);
      await writer.streams.redis.flushall();
      log.append({ type: "end", stopReason: "length" });
      await until(log, () => log.ended);
      const reader = await other.follow(id);
      expect(reader.text).toBe(log.text);
      expect(reader.read(0).at(-1)).toEqual({ seq: 51, type: "end", stopReason: "length" });
    });

    it("keeps what comes while Redis is away in few entries", async () => {
      const [writer, other] = [await startNode(), await startNode()];
      const id = randomId();
      const log = writer.log(id, { mostWaiting: 50 });
      await redis.kill();
      for (let n = 0; n < 5000; n++) log.append({ type: "text", text: `${n} `, tokenCount: 1 });
      log.append({ type: "end", stopReason: "end" });
      await redis.run();
      await until(log, () => log.ended);
      expect(log.lastSeq).toBeLessThan(200);
      expect(log.text).toBe(Array.from({ length: 5000 }, (_, n) => `${n} `).join(""));
      expect((await other.follow(id)).text).toBe(log.text);
    });

    it("writes nothing any more once another node has taken it over, and shows what that one writes", async () => {
      const [old, next] = [await startNode(), await startNode()];
      const id = randomId();
      const journaled: string[] = [];
      const log = old.log(id, {
        journal: ({ type }) => {
          journaled.push(type);
        },
      });
      log.append({ type: "text", text: "one ", tokenCount: 1 });
      await until(log, () => log.lastSeq === 1);
      expect(await next.streams.takeOver(id, old.streams.nodeId, facts)).toBe(true);
      // The same once more, since the answer was lost on its way.
      expect(await next.streams.takeOver(id, old.streams.nodeId, facts)).toBe(true);
      expect(await (await startNode()).streams.takeOver(id, old.streams.nodeId, facts)).toBe(false);
      const from = await next.streams.load(id);
      if (from === undefined) throw new Error("it is gone");
      const taken = next.log(id, { from });
      taken.append({ type: "text", text: "two", tokenCount: 1 });
      log.append({ type: "end", stopReason: "end" });
      taken.append({ type: "end", stopReason: "length" });
      await until(log, () => log.ended);
      expect(log.taken.aborted).toBe(true);
      expect(log.append({ type: "text", text: "late", tokenCount: 1 })).toBe(false);
      expect(log.text).toBe("one two");
      expect(log.read(2)).toEqual([{ seq: 3, type: "end", stopReason: "length" }]);
      expect(journaled).toEqual(["text"]);
      expect(await next.streams.runningOn(old.streams.nodeId)).toEqual([]);
      expect(await next.streams.runningOn(next.streams.nodeId)).toEqual([]);
    });

    it("[GL7] stays for a quarter of an hour after its end, and takes its place in the conversation away", async () => {
      const writer = await startNode();
      const id = randomId();
      const follow = (given: string, shown: MemoryGenerationLog) => writer.followed.into(given, shown);
      const log = new RedisGenerationLog(
        id,
        { ...facts, reply: { conversationId: "c1", messageId: "m1" } },
        writer.streams,
        { follow },
        logger,
      );
      log.append({ type: "text", text: "a", tokenCount: 1 });
      await until(log, () => log.lastSeq === 1);
      const { redis: connection } = writer.streams;
      // One whose node dies unseen is not kept for ever.
      for (const key of [keys.log(id), keys.generation(id), keys.conversation("c1")])
        expect(await connection.ttl(key)).toBeGreaterThan(86_300);
      expect(await writer.streams.nodesOf("c1")).toEqual([writer.streams.nodeId]);
      log.append({ type: "end", stopReason: "end" });
      await until(log, () => log.ended);
      expect(await connection.ttl(keys.log(id))).toBeGreaterThan(890);
      expect(await connection.ttl(keys.generation(id))).toBeGreaterThan(890);
      expect(await writer.streams.nodesOf("c1")).toEqual([]);
    });

    it("does not know a log that is not there, or is none", async () => {
      const node = await startNode();
      expect(await node.followed.open(randomId())).toBeUndefined();
      const id = randomId();
      await node.streams.redis.hset(keys.generation(id), "node", "x", "last", "many", "facts", "{}");
      expect(await node.followed.open(id)).toBeUndefined();
    });
  });

  describeGenerationLog("a RedisGenerationLog read on another node", () => openLogs("on another node"), 15);
});
