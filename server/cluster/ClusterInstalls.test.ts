import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockModel } from "../install/InstallLock.js";
import { InstallService } from "../install/InstallService.js";
import { queuedProgress } from "../install/Installs.js";
import { loadCatalog } from "../models/catalog.js";
import { createLogger } from "../platform/logger.js";
import { packagePath } from "../platform/paths.js";
import { randomId } from "../platform/randomId.js";
import type { InstallProgress } from "../protocol/install.js";
import { LocalHub } from "../test/LocalHub.js";
import { RedisProcess } from "../test/services/RedisProcess.js";
import { ClusterInstalls } from "./ClusterInstalls.js";
import { keys } from "./keys.js";
import { NodeCalls } from "./NodeCalls.js";
import { RedisConnections } from "./openRedis.js";
import { Presence } from "./Presence.js";

const logger = createLogger("silent");
const source = "tiny/Tiny-7M-GGUF";

/** A node that does nothing but install. */
class InstallNode {
  readonly installs: ClusterInstalls;
  readonly progress: InstallProgress[] = [];
  readonly changes: string[] = [];
  /** How often it looked at the folder again. */
  looked = 0;
  readonly #presence: Presence;
  readonly #connections: RedisConnections;
  readonly #waiters = new Set<() => void>();

  private constructor(installs: ClusterInstalls, presence: Presence, connections: RedisConnections) {
    this.installs = installs;
    this.#presence = presence;
    this.#connections = connections;
    const look = () => {
      for (const waiter of [...this.#waiters]) waiter();
    };
    installs.listen({
      progress: (progress) => {
        this.progress.push(progress);
        look();
      },
      installed: (modelId) => {
        this.changes.push(`+${modelId}`);
        look();
      },
      removed: (modelId) => {
        this.changes.push(`-${modelId}`);
        look();
      },
    });
  }

  static async start(server: RedisProcess, modelsPath: string, environment: NodeJS.ProcessEnv): Promise<InstallNode> {
    const nodeId = randomId();
    const connections = new RedisConnections(server.url, logger);
    const [redis, subscriber] = [await connections.open(), await connections.openSubscriber()];
    const presence = new Presence(redis, { nodeId, url: "", running: () => 0, heartbeatMs: 100 }, logger);
    const calls = new NodeCalls(redis, subscriber, presence, logger);
    await calls.listen();
    await presence.start();
    const local = new InstallService(
      {
        modelsPath,
        catalog: loadCatalog(),
        environment,
        threadCount: 1,
        installedIds: () => new Set(),
        modelsChanged: () => Promise.resolve(),
      },
      logger,
    );
    const queueConnections = { queue: await connections.openForLibrary(), worker: await connections.openForLibrary() };
    const modelsChanged = () => Promise.resolve();
    const parts = { nodeId, local, calls, redis, subscriber, queueConnections, modelsChanged };
    return new InstallNode(await ClusterInstalls.open(parts, logger), presence, connections);
  }

  until(enough: (progress: InstallProgress) => boolean): Promise<void> {
    return this.#until(() => this.progress.some(enough));
  }

  untilChanged(change: string): Promise<void> {
    return this.#until(() => this.changes.includes(change));
  }

  async close(): Promise<void> {
    await this.installs.close();
    await this.#presence.close();
    this.#connections.close();
  }

  #until(enough: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!enough()) return;
        this.#waiters.delete(look);
        resolve();
      };
      this.#waiters.add(look);
      look();
    });
  }
}

describe.skipIf(!RedisProcess.available)("installs over several nodes", () => {
  let redis: RedisProcess;
  let hub: LocalHub;
  let modelsPath: string;
  const nodes: InstallNode[] = [];
  beforeEach(async () => {
    redis = await RedisProcess.start();
    hub = await LocalHub.start();
    modelsPath = await mkdtemp(join(tmpdir(), "cria-models-"));
    const demo = await readFile(join(packagePath, "models", "demo", "demo-q8_0.gguf"));
    for (const name of ["Tiny-7M-GGUF", "Small-8M-GGUF"]) hub.add(`tiny/${name}`, { "m-Q8_0.gguf": demo });
    const environment = { PATH: process.env.PATH, HF_ENDPOINT: hub.endpoint, HF_HOME: "/nonexistent" };
    for (let n = 0; n < 2; n++) nodes.push(await InstallNode.start(redis, modelsPath, environment));
  });
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.close();
    await hub.close();
    await redis.close();
    await rm(modelsPath, { recursive: true, force: true });
  });
  const [first, second] = [() => nodes[0] as InstallNode, () => nodes[1] as InstallNode];

  it("[IN1] every node hears how an install gets on, and that the model is there", async () => {
    expect(await first().installs.start({ source })).toMatchObject({ modelId: "tiny.7M", state: "running" });
    await Promise.all(nodes.map((node) => node.untilChanged("+tiny.7M")));
    for (const node of nodes) {
      await node.until(({ state, progress }) => state === "installed" && progress === 1);
      expect(node.installs.listInstalls()).toMatchObject([{ modelId: "tiny.7M", state: "installed" }]);
    }
    expect(await readdir(join(modelsPath, "tiny"))).toContain("7M");
    await second().installs.remove("tiny.7M");
    await Promise.all(nodes.map((node) => node.untilChanged("-tiny.7M")));
    expect(first().installs.listInstalls()).toEqual([]);
  });

  it("one runs at a time, whoever asked", async () => {
    hub.bytesPerSecond = 2_000_000;
    await first().installs.start({ source });
    await first().until(({ fetchedBytes }) => fetchedBytes > 0);
    const waiting = await second().installs.start({ source: "tiny/Small-8M-GGUF" });
    expect(waiting).toMatchObject({ step: "queued", message: expect.stringContaining("Waiting") });
    // The same request again, elsewhere, is the same install.
    expect(await second().installs.start({ source })).toMatchObject({ modelId: "tiny.7M", state: "running" });
    await first().until(({ modelId, fetchedBytes }) => modelId === "tiny.7M" && fetchedBytes > 1_000_000);
    expect(first().progress.filter(({ modelId, step }) => modelId === "small.8M" && step !== "queued")).toEqual([]);
    hub.bytesPerSecond = 1e9;
    await first().untilChanged("+small.8M");
    const order = first().changes;
    expect(order.indexOf("+tiny.7M")).toBeLessThan(order.indexOf("+small.8M"));
  });

  it("[IN3] is paused, gone on with and cancelled from a node that does not run it", async () => {
    hub.bytesPerSecond = 300_000;
    await first().installs.start({ source });
    await second().until(({ fetchedBytes }) => fetchedBytes > 100_000);
    // Only one of them runs it: the other one asks that one.
    await Promise.all(nodes.map((node) => node.installs.pause("tiny.7M").catch(() => {})));
    await Promise.all(nodes.map((node) => node.until(({ state }) => state === "paused")));
    expect(await readdir(join(modelsPath, "tiny"))).toContain("7M.installing");
    for (const node of nodes) node.progress.length = 0;
    await second().installs.start({ modelId: "tiny.7M" });
    await first().until(({ state, step }) => state === "running" && step === "fetching");
    // The one that comes second may find nothing left; what it looks at has to be there until it has looked.
    const cancels = await Promise.allSettled(nodes.map((node) => node.installs.cancel("tiny.7M")));
    expect(cancels.map(({ status }) => status)).toContain("fulfilled");
    await Promise.all(nodes.map((node) => node.until(({ state }) => state === "cancelled")));
    expect(await readdir(join(modelsPath, "tiny")).catch(() => [])).not.toContain("7M.installing");
    expect(first().installs.listInstalls()).toEqual([]);
    await expect(second().installs.cancel("tiny.7M")).rejects.toMatchObject({ code: "install_unknown_model" });
  });

  it("one that waits for a folder which somebody holds is shown as waiting, and is cancelled for good", async () => {
    const held = await lockModel(join(modelsPath, "tiny", "7M"));
    await first().installs.start({ source });
    for (const node of nodes)
      await node.until(({ state, activity }) => state === "running" && activity?.code === "held");
    expect([...first().progress, ...second().progress].filter(({ state }) => state === "failed")).toEqual([]);
    await second().installs.cancel("tiny.7M");
    await Promise.all(nodes.map((node) => node.until(({ state }) => state === "cancelled")));
    await held();
    // Had its job stayed, it would be taken up again before the next one's turn.
    await first().installs.start({ source: "tiny/Small-8M-GGUF" });
    await Promise.all(nodes.map((node) => node.untilChanged("+small.8M")));
    expect(await readdir(join(modelsPath, "tiny")).catch(() => [])).toEqual([]);
    expect(first().installs.listInstalls()).toMatchObject([{ modelId: "small.8M" }]);
  });

  it("one whose node was killed before it was in the queue begins when it is asked for again, or is cancelled", async () => {
    const connections = new RedisConnections(redis.url, logger);
    const store = await connections.open();
    const leave = async () => {
      const progress = queuedProgress("tiny.7M", source, undefined, { code: "starting" });
      const state = { progress, nodeId: "the-killed-one" };
      await store.hset(keys.installStates, "tiny.7M", JSON.stringify(state));
      await store.publish(keys.installNews, JSON.stringify({ type: "progress", state }));
      await Promise.all(nodes.map((node) => node.until(({ state }) => state === "running")));
    };
    await leave();
    await first().installs.cancel("tiny.7M");
    await Promise.all(nodes.map((node) => node.until(({ state }) => state === "cancelled")));
    for (const node of nodes) node.progress.length = 0;
    await leave();
    await second().installs.start({ source });
    await Promise.all(nodes.map((node) => node.untilChanged("+tiny.7M")));
    connections.close();
  });

  it("goes on, from what lies on the disk, when the node that ran it says goodbye", async () => {
    hub.bytesPerSecond = 300_000;
    await first().installs.start({ source });
    await first().until(({ fetchedBytes }) => fetchedBytes > 600_000);
    hub.requests.length = 0;
    const [node] = nodes.splice(
      nodes.findIndex(({ installs }) => installs.runsHere("tiny.7M")),
      1,
    );
    await node?.close();
    hub.bytesPerSecond = 1e9;
    await nodes[0]?.untilChanged("+tiny.7M");
    const fetched = hub.requests
      .filter(({ host }) => host === "cdn")
      .reduce((sum, { sentBytes }) => sum + sentBytes, 0);
    const size = (await readFile(join(packagePath, "models", "demo", "demo-q8_0.gguf"))).length;
    expect(fetched).toBeLessThan(size);
  });
});
