import { isDeepStrictEqual } from "node:util";
import { AppError } from "../../platform/AppError.js";
import type { Logger } from "../../platform/logger.js";
import type { ModelState } from "../../protocol/model.js";
import type { Engine, ReadyModel, RemotePoolModel } from "../Engine.js";
import { type DiscoveredModel, discoverModels } from "./discoverModels.js";
import { type RemoteAddress, RemoteServer, type RemoteTimes, remoteTimes } from "./RemoteServer.js";
import { RemoteWorker } from "./RemoteWorker.js";

/** A model under the id that it has here. */
export type NamedModel = RemotePoolModel & Pick<DiscoveredModel, "sizeBytes" | "parameterCount" | "dialect">;

/** What a model whose context nobody tells is taken for. */
const unknownContextTokens = 4096;
/** Leaves room for a number within the protocol's 96. */
const maxIdLength = 90;

/**
 * Another server with an OpenAI-compatible API: llama-server, vLLM, SGLang, Ollama, another Cria. It is looked at again and again: what
 * models it has, and whether it answers. While it does not, its models stay listed and say so.
 */
export class RemoteEngine implements Engine<RemotePoolModel> {
  readonly name: string;
  readonly #server: RemoteServer;
  readonly #logger: Logger;
  readonly #stateListeners = new Set<(modelId: string) => void>();
  readonly #modelsListeners = new Set<() => void>();
  readonly #workers = new Map<string, RemoteWorker>();
  readonly #timer: NodeJS.Timeout;
  #models: NamedModel[] = [];
  /** Why it cannot be asked; none while it can. */
  #trouble: AppError | undefined;
  #looking: Promise<void> | undefined;
  #closed = false;

  constructor(address: RemoteAddress, logger: Logger, times: RemoteTimes = remoteTimes) {
    this.name = address.name;
    this.#server = new RemoteServer(address, times);
    this.#logger = logger;
    this.#timer = setInterval(() => void this.look(), times.lookMs).unref();
  }

  /** What it had when it was last asked. */
  get models(): readonly NamedModel[] {
    return this.#models;
  }

  has(modelId: string): boolean {
    return this.#models.some(({ id }) => id === modelId);
  }

  /** Asks for its models now. Does not throw: what went wrong is in its models' state. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Throws `engine_unreachable`, `engine_refused`, `engine_failed`, `model_not_found` or `server_closing`. */
  async acquire(model: RemotePoolModel): Promise<ReadyModel> {
    this.#requireOpen();
    if (this.#trouble !== undefined) await this.look();
    // It may have been closed while it was looked at.
    this.#requireOpen();
    if (this.#trouble !== undefined) throw this.#trouble;
    const known = this.#models.find(({ id }) => id === model.id);
    if (known === undefined)
      throw new AppError("model_not_found", `The engine ${this.name} no longer has ${model.remoteId}.`, {
        field: "modelId",
      });
    let worker = this.#workers.get(known.id);
    worker ??= new RemoteWorker(this.#server, known, () => void this.look());
    this.#workers.set(known.id, worker);
    return worker;
  }

  retry(model: RemotePoolModel): Promise<ReadyModel> {
    return this.acquire(model);
  }

  state(modelId: string): ModelState {
    if (!this.has(modelId)) return { state: "unloaded" };
    return this.#trouble === undefined ? { state: "ready" } : { state: "failed", error: this.#trouble.toInfo() };
  }

  onStateChange(listener: (modelId: string) => void): void {
    this.#stateListeners.add(listener);
  }

  /** Calls `listener` whenever it has other models than before. */
  onModelsChange(listener: () => void): void {
    this.#modelsListeners.add(listener);
  }

  /** It takes nothing of this machine's. */
  plan(): undefined {
    return undefined;
  }

  isPinned(): boolean {
    return false;
  }

  pin(modelId: string): void {
    throw this.#notOurs(modelId);
  }

  /** Whoever runs the other server says how long it keeps its models. */
  keepAlive(): void {}

  idleTimeLeftMs(): number {
    return Number.POSITIVE_INFINITY;
  }

  unload(modelId: string): Promise<void> {
    return Promise.reject(this.#notOurs(modelId));
  }

  release(modelId: string): Promise<void> {
    return this.unload(modelId);
  }

  #notOurs(modelId: string): AppError {
    return new AppError(
      "bad_request",
      `${modelId} is a model of the engine ${this.name}: it is loaded and removed there.`,
      {
        field: "modelId",
      },
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const worker of this.#workers.values()) worker.stopAll();
    await this.#server.close();
  }

  #requireOpen(): void {
    if (this.#closed) throw new AppError("server_closing", "The server is shutting down.");
  }

  async #look(): Promise<void> {
    let trouble: AppError | undefined;
    let models = this.#models;
    try {
      models = this.#named(await discoverModels(this.#server));
    } catch (error) {
      trouble = AppError.from(error);
    }
    if (this.#closed) return;
    const changed = !isDeepStrictEqual(models, this.#models);
    const turned = trouble?.message !== this.#trouble?.message;
    this.#trouble = trouble;
    this.#models = models;
    if (changed) {
      // A model may have another context now; what runs keeps its own worker.
      this.#workers.clear();
      this.#logger.info({ engine: this.name, models: models.length }, "an engine has other models");
      for (const listener of this.#modelsListeners) listener();
    }
    if (!turned) return;
    if (trouble === undefined) this.#logger.info({ engine: this.name }, "an engine answers");
    else
      this.#logger.warn(
        { engine: this.name, code: trouble.code, message: trouble.message },
        "an engine does not answer",
      );
    for (const { id } of models) for (const listener of this.#stateListeners) listener(id);
  }

  /** Ids that the protocol takes: `engine.name`, with what no id may have replaced, and a number where two would be alike. */
  #named(discovered: readonly DiscoveredModel[]): NamedModel[] {
    const taken = new Set<string>();
    return discovered.map(({ remoteId, contextTokens = unknownContextTokens, ...rest }) => {
      const allowed = remoteId.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[-.]+|[-.]+$/g, "");
      const plain = `${this.name}.${allowed === "" ? "model" : allowed}`.slice(0, maxIdLength);
      let id = plain;
      for (let number = 2; taken.has(id.toLowerCase()); number++) id = `${plain}-${number}`;
      taken.add(id.toLowerCase());
      return { id, engine: this.name, remoteId, contextTokens, ...rest };
    });
  }
}
