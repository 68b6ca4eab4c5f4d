import { setTimeout as wait } from "node:timers/promises";
import { HostedServer } from "../../bench/HostedServer.js";
import { ScriptedOpenAi } from "../../bench/ScriptedOpenAi.js";
import { type Redis, RedisConnections } from "../../cluster/openRedis.js";
import { AppError } from "../../platform/AppError.js";
import type { Flags } from "../../platform/config.js";
import { createLogger } from "../../platform/logger.js";
import { temporaryHome } from "../TestServer.js";
import { RedisProcess } from "./RedisProcess.js";
import { TcpBalancer } from "./TcpBalancer.js";

export interface TestClusterOptions {
  nodes: number;
  /** Of each of the two engines. */
  tokensPerSecond: number;
  postgresUrl: string;
  flags?: Flags;
  /** Fills each home before its server looks at it. */
  prepare?(homePath: string): Promise<void>;
}

/** Nodes in processes of their own that share a Redis, a Postgres and two scripted engines, behind a balancer. */
export class TestCluster {
  readonly redis: RedisProcess;
  readonly nodes: HostedServer[] = [];
  /** Their models are `a.words` and `b.words`. */
  readonly engines: { a: ScriptedOpenAi; b: ScriptedOpenAi };
  balancer!: TcpBalancer;
  #connections: RedisConnections | undefined;
  readonly #options: TestClusterOptions;
  readonly #homes: { path: string; remove(): Promise<void> }[] = [];

  private constructor(redis: RedisProcess, a: ScriptedOpenAi, b: ScriptedOpenAi, options: TestClusterOptions) {
    this.redis = redis;
    this.engines = { a, b };
    this.#options = options;
  }

  static async start(options: TestClusterOptions): Promise<TestCluster> {
    const { tokensPerSecond } = options;
    const [a, b] = await Promise.all([ScriptedOpenAi.start(tokensPerSecond), ScriptedOpenAi.start(tokensPerSecond)]);
    const cluster = new TestCluster(await RedisProcess.start(), a, b, options);
    await Promise.all(Array.from({ length: options.nodes }, () => cluster.addNode()));
    // One heartbeat, after which each knows of all the others; nothing tells the outside of that.
    await wait(1_200);
    cluster.balancer = await TcpBalancer.start(cluster.nodes.map(({ url }) => Number(new URL(url).port)));
    return cluster;
  }

  /** With a home of its own, as a machine of its own would have. */
  async addNode(flags: Flags = {}): Promise<HostedServer> {
    const home = await temporaryHome();
    this.#homes.push(home);
    await this.#options.prepare?.(home.path);
    const node = await HostedServer.start({
      port: "0",
      homePath: home.path,
      open: false,
      logLevel: "silent",
      gpu: "off",
      maxThreads: "1",
      engines: [`a=${this.engines.a.url}`, `b=${this.engines.b.url}`],
      redisUrl: this.redis.url,
      postgresUrl: this.#options.postgresUrl,
      ...this.#options.flags,
      ...flags,
    });
    this.nodes.push(node);
    return node;
  }

  /** For tests that look at, or into, what the nodes share. */
  redisConnection(): Promise<Redis> {
    this.#connections ??= new RedisConnections(this.redis.url, createLogger("silent"));
    return this.#connections.open();
  }

  node(index: number): HostedServer {
    const node = this.nodes[index];
    if (node === undefined) throw new AppError("not_found", `There is no node ${index}.`);
    return node;
  }

  async close(): Promise<void> {
    this.#connections?.close();
    await this.balancer.close();
    await Promise.all(this.nodes.map((node) => node.kill()));
    await Promise.all([this.engines.a.kill(), this.engines.b.kill()]);
    await this.redis.close();
    for (const home of this.#homes) await home.remove();
  }
}

/** What a scripted engine says in all. */
export function scriptedWords(count: number): string {
  return Array.from({ length: count }, (_, index) => `w${index} `).join("");
}
