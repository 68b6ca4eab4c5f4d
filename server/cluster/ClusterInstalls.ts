import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { saying } from "../install/describeActivity.js";
import type { InstallService } from "../install/InstallService.js";
import {
  failedProgress,
  type InstallListener,
  type Installs,
  installQueueLimit,
  queuedProgress,
} from "../install/Installs.js";
import type { ModelChanges } from "../models/ModelRegistry.js";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import {
  type InstallableModel,
  type InstallProgress,
  type InstallRequest,
  installProgressSchema,
} from "../protocol/install.js";
import { modelIdSchema } from "../protocol/model.js";
import { InstallWishes, type Stop, stopSchema } from "./InstallWishes.js";
import { keys } from "./keys.js";
import { type NodeCalls, redisFailed } from "./NodeCalls.js";
import { type InstallQueue, openInstallQueue } from "./openInstallQueue.js";
import type { Redis } from "./openRedis.js";

/** A queue that cannot say goodbye to Redis is left after this long. */
const closeMs = 3_000;

const stateSchema = z.object({ progress: installProgressSchema, nodeId: z.string() });
type State = z.infer<typeof stateSchema>;

const newsSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("progress"), state: stateSchema }),
  z.object({ type: z.literal("installed"), modelId: modelIdSchema, nodeId: z.string() }),
  z.object({ type: z.literal("removed"), modelId: modelIdSchema, nodeId: z.string() }),
]);
type News = z.infer<typeof newsSchema>;

const stopRequestSchema = z.object({ modelId: modelIdSchema, how: stopSchema });

export interface ClusterInstallsParts {
  nodeId: string;
  /** Carries out what is this node's turn; the models folder is the same one on all nodes. */
  local: InstallService;
  calls: NodeCalls;
  redis: Redis;
  subscriber: Redis;
  queueConnections: { queue: Redis; worker: Redis };
  /** Awaited after another node has installed or removed a model, before anyone here hears of it. */
  modelsChanged(): Promise<unknown>;
}

/**
 * Installs over all nodes, one at a time: a queue in Redis, from which whoever is free takes the next one. When its node dies, another
 * one goes on from what lies in the shared models folder. Every node knows how each install stands, and tells its own pages.
 */
export class ClusterInstalls implements Installs {
  readonly #parts: ClusterInstallsParts;
  readonly #logger: Logger;
  readonly #wishes: InstallWishes;
  readonly #listeners = new Set<InstallListener>();
  /** By model id. */
  readonly #states = new Map<string, State>();
  #queue: InstallQueue | undefined;
  /** What is taken up again if its folder is held now, and so has not failed. */
  #retried: string | undefined;
  #closing = false;

  private constructor(parts: ClusterInstallsParts, logger: Logger) {
    this.#parts = parts;
    this.#wishes = new InstallWishes(parts.redis);
    this.#logger = logger;
  }

  static async open(parts: ClusterInstallsParts, logger: Logger): Promise<ClusterInstalls> {
    const installs = new ClusterInstalls(parts, logger);
    await installs.#begin();
    return installs;
  }

  listen(listener: InstallListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  listInstallable(): Promise<InstallableModel[]> {
    return this.#parts.local.listInstallable();
  }

  listInstalls(): InstallProgress[] {
    return [...this.#states.values()].map(({ progress }) => progress);
  }

  async start(request: InstallRequest): Promise<InstallProgress> {
    // It may have been begun, and left, on another node.
    await this.#parts.local.restore();
    const { modelId, name } = await this.#parts.local.identify(request);
    const known = this.listInstalls().find((progress) => progress.modelId === modelId);
    if (known?.state === "running") {
      // Its node may have been killed between the two lines that do this below.
      await this.#enqueue(modelId, request);
      return known;
    }
    const running = this.listInstalls().filter(({ state }) => state === "running").length;
    if (running >= installQueueLimit)
      throw new AppError("queue_full", `${installQueueLimit} installs are waiting already.`, {
        hint: "Let some of them finish first.",
      });
    await this.#wishes.drop(modelId);
    const progress = queuedProgress(modelId, name, known, { code: running === 0 ? "starting" : "waiting" });
    await this.#tell({ type: "progress", state: { progress, nodeId: this.#parts.nodeId } });
    await this.#enqueue(modelId, request);
    return progress;
  }

  pause(modelId: string): Promise<void> {
    return this.#stop(modelId, "pause");
  }

  cancel(modelId: string): Promise<void> {
    return this.#stop(modelId, "cancel");
  }

  /** Every node looks at the shared folder itself: nobody needs to be told. */
  noticed({ changed, removed }: ModelChanges): void {
    for (const modelId of changed) for (const listener of this.#listeners) listener.installed(modelId);
    for (const modelId of removed) {
      if (this.#states.get(modelId)?.progress.state === "installed") this.#states.delete(modelId);
      for (const listener of this.#listeners) listener.removed(modelId);
    }
  }

  /** Whether this node carries it out, or did. */
  runsHere(modelId: string): boolean {
    return this.#states.get(modelId)?.nodeId === this.#parts.nodeId;
  }

  async remove(modelId: string): Promise<void> {
    if (this.#states.get(modelId)?.progress.state === "running")
      throw new AppError("install_busy", "This model is being installed.", { hint: "Cancel the install first." });
    await this.#parts.local.remove(modelId);
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#parts.local.close();
    // The queue's own connections wait for a Redis that is away; this node does not.
    await Promise.race([this.#queue?.close(), wait(closeMs, undefined, { ref: false })]);
  }

  async #begin(): Promise<void> {
    const { local, calls, redis, subscriber, queueConnections, nodeId } = this.#parts;
    calls.answer("install:stop", async (payload) => {
      const { modelId, how } = stopRequestSchema.parse(payload);
      await this.#stopHere(modelId, how);
    });
    local.listen({
      progress: (progress) => void this.#tellProgress(progress),
      installed: (modelId) => void this.#tell({ type: "installed", modelId, nodeId }),
      removed: (modelId) => void this.#tell({ type: "removed", modelId, nodeId }),
    });
    subscriber.on("message", (channel: string, text: string) => {
      if (channel === keys.installNews) this.#receive(text);
    });
    subscriber.on("ready", () => void this.#catchUp(redis, subscriber).catch(this.#failed));
    await this.#catchUp(redis, subscriber);
    // What a node without Redis has left unfinished.
    for (const progress of local.listInstalls())
      if (!this.#states.has(progress.modelId)) this.#states.set(progress.modelId, { progress, nodeId });
    this.#queue = await openInstallQueue(
      queueConnections,
      (modelId, { request }, isLast) => this.#perform(modelId, request, isLast),
      this.#failed,
    );
  }

  async #catchUp(redis: Redis, subscriber: Redis): Promise<void> {
    await subscriber.subscribe(keys.installNews);
    for (const text of await redis.hvals(keys.installStates)) {
      const state = stateSchema.parse(JSON.parse(text));
      this.#states.set(state.progress.modelId, state);
    }
    // This node was out of reach, and not gone: what it runs on with was to be stopped.
    const running = this.#parts.local.listInstalls().filter(({ state }) => state === "running");
    for (const [modelId, how] of await this.#wishes.all())
      if (running.some((progress) => progress.modelId === modelId)) await this.#fulfil(modelId, how);
  }

  async #enqueue(modelId: string, request: InstallRequest): Promise<void> {
    try {
      await this.#queue?.add(modelId, { request });
    } catch (error) {
      throw redisFailed(error);
    }
  }

  /** One install from its beginning, or from where another node left it, to where it ends. Throws when it is to be tried again. */
  async #perform(modelId: string, request: InstallRequest, isLast: boolean): Promise<"ended" | "givenBack"> {
    const wish = await this.#wishes.read(modelId);
    if (wish !== undefined)
      await this.#fulfil(modelId, wish).catch((error: unknown) => {
        if (!isLast) throw error;
        this.#failed(error);
      });
    // Paused or cancelled while it was on its way from one try to the next.
    if ((await this.#stored(modelId))?.progress.state !== "running") return "ended";
    this.#retried = isLast ? undefined : modelId;
    const ended = this.#ended(modelId);
    try {
      await this.#parts.local.restore();
      await this.#parts.local.start(request);
    } catch (error) {
      ended.forget();
      if (this.#closing) return "givenBack";
      await this.#fail(modelId, AppError.from(error));
      return "ended";
    }
    const end = await ended.progress;
    // Another node goes on with it.
    if (this.#closing && end.state === "paused") return "givenBack";
    if (!isLast && isHeld(end)) throw new AppError("install_busy", "Whoever has the folder may leave it.");
    return "ended";
  }

  /** Carries out a stop that had nobody to do it. Throws `install_busy` while the node that is gone still holds the folder. */
  async #fulfil(modelId: string, how: Stop): Promise<void> {
    try {
      await this.#stopHere(modelId, how);
    } catch (error) {
      // Nothing lies there: it had not begun.
      if (AppError.from(error).code !== "install_unknown_model") throw error;
    }
    await this.#wishes.drop(modelId);
  }

  /** The progress with which an install ends that runs here. */
  #ended(modelId: string): { progress: Promise<InstallProgress>; forget(): void } {
    let forget = () => {};
    const progress = new Promise<InstallProgress>((resolve) => {
      forget = this.#parts.local.listen({
        progress: (now) => {
          if (now.modelId !== modelId || now.state === "running") return;
          forget();
          resolve(now);
        },
        installed: () => {},
        removed: () => {},
      });
    });
    return { progress, forget };
  }

  async #fail(modelId: string, error: AppError): Promise<void> {
    const known = this.#states.get(modelId)?.progress;
    if (known === undefined) return;
    await this.#tell({
      type: "progress",
      state: { progress: failedProgress(known, error), nodeId: this.#parts.nodeId },
    });
  }

  async #stop(modelId: string, how: Stop): Promise<void> {
    const state = (await this.#stored(modelId)) ?? this.#states.get(modelId);
    if (state?.progress.state !== "running") return this.#stopHere(modelId, how);
    if (await this.#queue?.withdraw(modelId)) {
      // It may have ended just before.
      if ((await this.#stored(modelId))?.progress.state === "running") await this.#tellStopped(state, "pause");
      if (how === "cancel") await this.#stopHere(modelId, how);
      return;
    }
    if (this.runsHere(modelId)) return this.#stopHere(modelId, how);
    try {
      await this.#parts.calls.ask(state.nodeId, "install:stop", { modelId, how });
    } catch (error) {
      if (AppError.from(error).code !== "node_gone") throw error;
      // Its turn is not over yet, and the folder is still its own: whoever takes the install up does it.
      await this.#wishes.keep(modelId, how);
      await this.#tellStopped(state, how);
    }
  }

  async #tellStopped({ progress, nodeId }: State, how: Stop): Promise<void> {
    const code = how === "pause" ? "paused" : "cancelled";
    const stopped: InstallProgress = { ...progress, state: code, ...saying({ code }), bytesPerSecond: 0 };
    await this.#tell({ type: "progress", state: { progress: stopped, nodeId } });
  }

  /** What runs here, or lies unfinished in the shared folder. */
  async #stopHere(modelId: string, how: Stop): Promise<void> {
    const { local } = this.#parts;
    await local.restore();
    try {
      if (how === "pause") await local.pause(modelId);
      else await local.cancel(modelId);
    } catch (error) {
      const state = this.#states.get(modelId);
      if (AppError.from(error).code !== "install_unknown_model" || state === undefined || how === "pause") throw error;
      // It had not begun anywhere.
      await this.#tellStopped(state, "cancel");
    }
  }

  /** What this node does is told as the others see it: an end that another try follows is none. */
  async #tellProgress(progress: InstallProgress): Promise<void> {
    const { nodeId } = this.#parts;
    if (this.#closing && progress.state === "paused") return;
    const waits = isHeld(progress) && progress.modelId === this.#retried;
    const shown = waits ? queuedProgress(progress.modelId, progress.name, progress, { code: "held" }) : progress;
    await this.#tell({ type: "progress", state: { progress: shown, nodeId } });
  }

  /** How it stands for all nodes; news of it may still be on its way here. */
  async #stored(modelId: string): Promise<State | undefined> {
    try {
      const text = await this.#parts.redis.hget(keys.installStates, modelId);
      return text === null ? undefined : stateSchema.parse(JSON.parse(text));
    } catch (error) {
      throw redisFailed(error);
    }
  }

  /** Keeps it for those who come later, and tells every node, this one too. */
  async #tell(news: News): Promise<void> {
    const { redis } = this.#parts;
    if (news.type === "progress") this.#keep(news.state);
    try {
      const command = redis.multi();
      if (news.type === "progress") {
        const { progress } = news.state;
        if (progress.state === "cancelled") command.hdel(keys.installStates, progress.modelId);
        else command.hset(keys.installStates, progress.modelId, JSON.stringify(news.state));
      } else if (news.type === "removed") command.hdel(keys.installStates, news.modelId);
      await command.publish(keys.installNews, JSON.stringify(news)).exec();
    } catch (error) {
      this.#failed(error);
    }
  }

  #receive(text: string): void {
    const parsed = newsSchema.safeParse(readJson(text));
    if (!parsed.success) return;
    const news = parsed.data;
    if (news.type === "progress") {
      this.#keep(news.state);
      for (const listener of this.#listeners) listener.progress(news.state.progress);
    } else void this.#tellChange(news).catch(this.#failed);
  }

  async #tellChange(news: Exclude<News, { type: "progress" }>): Promise<void> {
    if (news.nodeId !== this.#parts.nodeId) await this.#parts.modelsChanged();
    if (news.type === "removed") this.#states.delete(news.modelId);
    for (const listener of this.#listeners) listener[news.type](news.modelId);
  }

  #keep(state: State): void {
    if (state.progress.state === "cancelled") this.#states.delete(state.progress.modelId);
    else this.#states.set(state.progress.modelId, state);
  }

  readonly #failed = (error: unknown): void => {
    this.#logger.debug({ error: String(error) }, "the queue of installs has no Redis");
  };
}

/** The node that died may still hold the model's folder; that passes. */
function isHeld({ state, error }: InstallProgress): boolean {
  return state === "failed" && error?.code === "install_busy";
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
