import { RedisConnections } from "../../cluster/openRedis.js";
import { createLogger } from "../../platform/logger.js";
import { randomId } from "../../platform/randomId.js";
import { PostgresProcess } from "../../test/services/PostgresProcess.js";
import { RedisProcess } from "../../test/services/RedisProcess.js";
import type { Bench, Scenario } from "../Bench.js";
import { monotonicMs } from "../monotonicMs.js";
import { scriptedProgram } from "../scriptedProgram.js";

const tokensPerSecond = 50;
/** Of each node: far from what one can do, so that three of them fit on a small machine. */
const socketsPerNode = 20;
/** They come within this time. */
const arrivalMs = 500;

interface Load {
  tokensPerSecond: number;
  /** Microseconds of CPU time per token: of the nodes' own processes, and of Redis. */
  nodeCpuUs: number;
  redisCpuUs: number;
  lost: number;
}

/**
 * The same load for every node, on 1, 2 and 3 of them that share a Redis and a Postgres. As long as nothing else is short, twice the nodes
 * serve twice the tokens; what a token costs a node and Redis is what larger numbers are reckoned from (docs/scaling.md).
 */
export const nodes: Scenario = {
  name: "nodes",
  title: `1, 2 and 3 nodes, ${socketsPerNode} sockets with ${tokensPerSecond} tokens per second on each`,
  async run(bench, recorder) {
    if (!RedisProcess.available || !PostgresProcess.available) {
      recorder.note("Not measured: there is no redis-server or no Postgres on this machine.");
      return;
    }
    const alone = await measure(bench, 1, false);
    recorder.add("one server without Redis: node's CPU time per token", "µs", alone.nodeCpuUs);
    const rounds = bench.rounds(3, 1, 1);
    for (let round = 0; round < rounds; round++) {
      let one: Load | undefined;
      for (const count of [1, 2, 3]) {
        bench.progress(`round ${round + 1} of ${rounds}, ${count} nodes`);
        const load = await measure(bench, count, true);
        one ??= load;
        recorder.add(`${count} nodes: speed`, "tok/s", load.tokensPerSecond);
        recorder.add(
          `${count} nodes: of ${count} × one node`,
          "×",
          load.tokensPerSecond / (count * one.tokensPerSecond),
        );
        recorder.add(`${count} nodes: node's CPU time per token`, "µs", load.nodeCpuUs);
        recorder.add(`${count} nodes: Redis's CPU time per token`, "µs", load.redisCpuUs);
        recorder.add(`${count} nodes: lost tokens`, "count", load.lost);
      }
    }
    for (const count of [2, 3]) recorder.goal("issue 8", `${count} nodes: of ${count} × one node`, "p50", "≥", 0.9);
    recorder.goal("issue 8", "3 nodes: lost tokens", "max", "≤", 0);
  },
};

async function measure(bench: Bench, count: number, shared: boolean): Promise<Load> {
  const seconds = bench.quick ? 3 : 15;
  const maxTokens = seconds * tokensPerSecond;
  let result: Load | undefined;
  await bench.within(async () => {
    const redis = shared ? await RedisProcess.start() : undefined;
    if (redis !== undefined) bench.defer(() => redis.close());
    const postgres = shared ? await PostgresProcess.start() : undefined;
    if (postgres !== undefined) bench.defer(() => postgres.close());
    const flags = redis && postgres ? { redisUrl: redis.url, postgresUrl: postgres.url } : {};
    const program = scriptedProgram({ tokensPerSecond });
    const servers = await Promise.all(Array.from({ length: count }, () => bench.server({ program, flags })));
    const client = await bench.client();
    const ask = (length: number) =>
      client.run(
        servers.flatMap(({ url }, node) =>
          Array.from({ length: socketsPerNode }, (_, connection) => ({
            protocol: "socket" as const,
            url,
            modelId: "alpaca.demo",
            prompt: `Node ${node}, socket ${connection}, ${randomId()}`,
            maxTokens: length,
            connection: node * socketsPerNode + connection,
            startDelayMs: (connection * arrivalMs) / socketsPerNode,
          })),
        ),
      );
    await ask(10);
    for (const server of servers) await server.figures();
    const redisBefore = await redisCpuMs(redis);
    const startMs = monotonicMs();
    const records = await ask(maxTokens);
    const elapsedMs = monotonicMs() - startMs;
    const figures = await Promise.all(servers.map((server) => server.figures()));
    const redisMs = (await redisCpuMs(redis)) - redisBefore;
    const tokens = records.reduce((sum, { tokenCounts }) => sum + tokenCounts.reduce((all, one) => all + one, 0), 0);
    result = {
      tokensPerSecond: (tokens / elapsedMs) * 1000,
      nodeCpuUs: (figures.reduce((sum, { cpuMs }) => sum + cpuMs, 0) * 1000) / tokens,
      redisCpuUs: (redisMs * 1000) / tokens,
      lost: count * socketsPerNode * maxTokens - tokens,
    };
  });
  if (result === undefined) throw new Error("nothing was measured");
  return result;
}

/** What Redis says of itself, in milliseconds since it began. */
async function redisCpuMs(redis: RedisProcess | undefined): Promise<number> {
  if (redis === undefined) return 0;
  const connections = new RedisConnections(redis.url, createLogger("silent"));
  try {
    const text = await (await connections.open()).info("cpu");
    const [user, system] = ["user", "sys"].map((kind) =>
      Number(new RegExp(`used_cpu_${kind}:([\\d.]+)`).exec(text)?.[1]),
    );
    return ((user ?? 0) + (system ?? 0)) * 1000;
  } finally {
    connections.close();
  }
}
