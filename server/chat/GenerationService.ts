import { LRUCache } from "lru-cache";
import { localPrincipal, type Principal } from "../access/Principal.js";
import type { AnyModel, ModelRegistry } from "../models/ModelRegistry.js";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import { randomId } from "../platform/randomId.js";
import type { Priority } from "../protocol/generation.js";
import type { FullSampling, Sampling } from "../protocol/sampling.js";
import type { Engine, ReadyModel } from "../workers/Engine.js";
import type { WorkerJob } from "../workers/ModelWorker.js";
import type { GenerateOptions, PromptInput } from "../workers/messages.js";
import { Generation } from "./Generation.js";
import { GenerationLimits, type WorkKind } from "./GenerationLimits.js";
import type { GenerationLog, Journal, OpenLog, ReplyFacts } from "./GenerationLog.js";
import { MemoryGenerationLog } from "./MemoryGenerationLog.js";
import { resolveSampling } from "./resolveSampling.js";
import { TokenCounting } from "./TokenCounting.js";

/** What to generate from: a text or tokens as they stand, or turns that go into the model's own prompt format. */
export type GenerationInput =
  | Exclude<PromptInput, { turns: unknown }>
  | Omit<Extract<PromptInput, { turns: unknown }>, "format">;

/** What is known of the model once it is loaded, for a prompt that depends on it. */
export interface PromptContext {
  /** What one sequence holds. */
  contextTokens: number;
  /** Tokens of the input in the model's prompt format. */
  countTokens(input: GenerationInput): Promise<number>;
  /**
   * Lets the model answer something on the way to the reply; the text goes to nobody else. Rejects with what kept it from ending,
   * Stop included.
   */
  ask(input: GenerationInput, sampling: Sampling): Promise<string>;
}

export interface GenerationRequest {
  /** Whose it is. */
  by: Principal;
  /** Made by the client: a request that comes again after a lost connection is done once only. */
  requestId?: string | undefined;
  modelId: string;
  /** The input, or how to make it once the model is loaded. */
  input: GenerationInput | ((context: PromptContext) => Promise<GenerationInput>);
  /** The reply begins with this, which the input ends with already; it is the log's first text and counts no tokens. */
  startText?: string | undefined;
  sampling?: Sampling | undefined;
  options?: GenerateOptions;
  /** Chosen by the caller when it has to be known (and stored) before anything happens. */
  id?: string;
  /**
   * Waiting requests are served round robin over the clients. Left out: a client of its own. Whoever has a token is one client,
   * however many connections there are.
   */
  client?: string | undefined;
  /** Left out: `watched`. */
  priority?: Priority | undefined;
  journal?: Journal;
  /** The stored reply that it makes. */
  reply?: ReplyFacts;
  /** A log that another process has begun, with `startText` as its text: it goes on after that. */
  takenOver?: OpenLog;
}

interface PlacedRequest {
  id: string;
  client: string;
}

/** A generation that has its place and has not begun: one of the two is to be called. */
export interface ReservedGeneration {
  begin(): Generation;
  /** Gives the place back. */
  cancel(): void;
}

/** Ended generations can be read for this long, so that a page that was away catches up. */
const keptAfterEndMs = 15 * 60 * 1000;
const keptEndedGenerations = 500;
const keptRequestIds = 10_000;

/** Whoever comes with a token counts as one client, whatever programs use it. */
function clientFor(by: Principal, client: string): string {
  return by.id === localPrincipal.id ? client : by.id;
}

/** Starts generations, keeps their logs, stops them. */
export class GenerationService {
  readonly #registry: ModelRegistry;
  readonly #pool: Engine;
  readonly #logger: Logger;
  readonly #openLog: OpenLog;
  readonly #limits = new GenerationLimits();
  readonly #running = new Map<string, Generation>();
  /** Everything that has a place, by the model that it is for. */
  readonly #uses = new Set<{ modelId: string; owner: string }>();
  readonly #counting: TokenCounting;
  readonly #startListeners = new Set<(generation: Generation) => void>();
  readonly #ended = new LRUCache<string, Generation>({ max: keptEndedGenerations, ttl: keptAfterEndMs });
  /** Generation ids by request id. */
  readonly #requests = new LRUCache<string, string>({ max: keptRequestIds });

  constructor(registry: ModelRegistry, pool: Engine, logger: Logger, openLog: OpenLog = memoryLog) {
    this.#registry = registry;
    this.#pool = pool;
    this.#counting = new TokenCounting(pool);
    this.#logger = logger;
    this.#openLog = openLog;
  }

  /**
   * Starts at once; everything that happens from here on is in the log. Throws `model_not_found`, `generation_not_found` for a
   * request that was served long ago, `bad_request` for a grammar or JSON schema that cannot be used, and `queue_full` or
   * `too_many_requests` when the asker has too much under way.
   */
  start(request: GenerationRequest): Generation {
    const { by } = request;
    const requestKey = request.requestId === undefined ? undefined : `${by.owner} ${request.requestId}`;
    const served = requestKey === undefined ? undefined : this.#requests.get(requestKey);
    if (served !== undefined) return this.get(served, by.owner);
    const generation = this.reserve(request).begin();
    if (requestKey !== undefined) this.#requests.set(requestKey, generation.id);
    return generation;
  }

  /**
   * Takes a place: all that may refuse a generation is asked now, so that nothing has to be stored for one that will not begin.
   * Throws as {@link start}.
   */
  reserve(request: GenerationRequest): ReservedGeneration {
    const { by } = request;
    const model = this.#registry.get(request.modelId);
    const id = request.id ?? randomId();
    const client = clientFor(by, request.client ?? id);
    const leave = this.enter(by, client, model.id);
    try {
      // After the limits: to look through a grammar is work as well.
      const sampling = {
        ...resolveSampling(request.sampling, model.samplingDefaults),
        ...(request.options?.completeAtLimit === true ? { completeAtLimit: true } : {}),
      };
      return { begin: () => this.#begin({ ...request, id, client }, model, sampling, leave), cancel: leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  /**
   * Counts other work that a model is asked for, such as embedding, as one generation until the returned function is called. Throws
   * `queue_full` or `too_many_requests`.
   */
  enter(by: Principal, client: string, modelId: string, kind: WorkKind = "reply"): () => void {
    const asker = clientFor(by, client);
    this.#limits.enter(by, asker, kind);
    const use = { modelId, owner: by.owner };
    this.#uses.add(use);
    return () => {
      if (this.#uses.delete(use)) this.#limits.leave(by, asker);
    };
  }

  /** Whether anything is under way with the model, embedding included; `exceptOwner`: of others than this one. */
  isInUse(modelId: string, exceptOwner?: string): boolean {
    return [...this.#uses].some((use) => use.modelId === modelId && use.owner !== exceptOwner);
  }

  /** Whether the model has to stay in memory: for what is under way, or for those who count. */
  isNeeded(modelId: string): boolean {
    return this.isInUse(modelId) || this.#counting.uses(modelId);
  }

  /** Generations that have not ended. */
  get runningCount(): number {
    return this.#running.size;
  }

  /** Calls `listener` with every generation that is started, before anything happens in it. Returns how to end that. */
  onStart(listener: (generation: Generation) => void): () => void {
    this.#startListeners.add(listener);
    return () => this.#startListeners.delete(listener);
  }

  /** Resolves when the generation can be read wherever it may be asked for; at once when it is not made here. */
  async begun(id: string): Promise<void> {
    await this.#running.get(id)?.log.begun;
  }

  /** Whether it is made here, or was. */
  has(id: string): boolean {
    return this.#running.has(id) || this.#ended.has(id);
  }

  /** Throws `generation_not_found`, also for one that somebody else owns ([T6]). */
  get(id: string, owner: string): Generation {
    const generation = this.#running.get(id) ?? this.#ended.get(id);
    if (generation?.by.owner !== owner)
      throw new AppError("generation_not_found", "There is no such generation.", {
        hint: "It may have ended some time ago: open its conversation again.",
      });
    return generation;
  }

  /**
   * Has `work` count for a model, which is loaded if need be and not taken for idle before `work` has ended. `work` begins anew when the
   * model is loaded again meanwhile. Throws what keeps it from being loaded, and what `work` throws.
   */
  async count<T>(
    modelId: string,
    work: (counter: Pick<PromptContext, "contextTokens" | "countTokens">) => Promise<T>,
  ): Promise<T> {
    const model = this.#registry.get(modelId);
    return await this.#counting.count(model, (worker) =>
      work({
        contextTokens: worker.info?.contextTokens ?? 0,
        countTokens: (input) => worker.countTokens(promptInput(model, input)),
      }),
    );
  }

  /** Runs `reload`, which loads the model again with other settings; those who count tokens with it meanwhile wait for it. */
  duringReload<T>(modelId: string, reload: () => Promise<T>): Promise<T> {
    return this.#counting.during(modelId, reload);
  }

  /** What runs or waits now, oldest first. */
  get running(): Generation[] {
    return [...this.#running.values()];
  }

  /** Stops what was begun with a token that counts no more ([T5]). */
  stopBegunBy(principalId: string): void {
    for (const generation of this.running) if (generation.by.id === principalId) generation.stop();
  }

  /** Stops everything that runs; what was shown is kept. Resolves when all of it has ended here. */
  async stopAll(): Promise<void> {
    const running = this.running;
    for (const generation of running) generation.stop();
    await Promise.all(running.map(({ log }) => untilEnded(log)));
  }

  #begin(
    request: GenerationRequest & PlacedRequest,
    model: AnyModel,
    sampling: FullSampling,
    giveBack: () => void,
  ): Generation {
    const { id, by } = request;
    const { reply, journal, takenOver, startText = "" } = request;
    const log = (takenOver ?? this.#openLog)({ id, modelId: model.id, by, reply, journal });
    const generation = new Generation(id, model.id, log, by);
    this.#running.set(id, generation);
    for (const listener of this.#startListeners) listener(generation);
    const leave = () => {
      if (!this.#running.delete(id)) return false;
      giveBack();
      return true;
    };
    log.subscribe(() => {
      if (log.ended && leave()) this.#ended.set(id, generation);
    });
    // Another node goes on with it: here it is over, and is read there.
    log.taken?.addEventListener("abort", () => {
      leave();
      generation.stop();
    });
    if (startText !== "" && takenOver === undefined) generation.text(startText, 0);
    void this.#run(generation, model, request, sampling).catch((error: unknown) => generation.failed(error));
    return generation;
  }

  async #run(
    generation: Generation,
    model: AnyModel,
    request: GenerationRequest & PlacedRequest,
    sampling: FullSampling,
  ): Promise<void> {
    const startedMs = performance.now();
    const worker = await this.#pool.acquire(model, (progress) => generation.loading(progress));
    generation.stopSignal.addEventListener("abort", () => worker.stop(generation.id), { once: true });
    const context: PromptContext = {
      contextTokens: worker.info?.contextTokens ?? 0,
      countTokens: (some) => worker.countTokens(promptInput(model, some)),
      ask: (some, wish) =>
        askOnTheWay(generation, worker, {
          input: promptInput(model, some),
          sampling: resolveSampling(wish, model.samplingDefaults),
          client: request.client,
          owner: generation.by.owner,
          priority: request.priority ?? "watched",
          options: {},
        }),
    };
    // Nothing is counted or summarised for a reply that was stopped while the model was loaded.
    if (generation.stopSignal.aborted) return;
    const input = typeof request.input === "function" ? await request.input(context) : request.input;
    if (generation.stopSignal.aborted) return;
    generation.handOver();
    worker.generate(
      {
        id: generation.id,
        input: promptInput(model, input),
        sampling,
        client: request.client,
        owner: generation.by.owner,
        priority: request.priority ?? "watched",
        options: request.options ?? {},
      },
      generation,
    );
    this.#logger.debug(
      { generationId: generation.id, modelId: model.id, waitedMs: performance.now() - startedMs },
      "generation started",
    );
  }
}

/** A job within a generation: it ends with it, and what it writes is counted as the summary. */
function askOnTheWay(generation: Generation, worker: ReadyModel, job: Omit<WorkerJob, "id">): Promise<string> {
  const id = randomId();
  const { stopSignal } = generation;
  return new Promise<string>((resolve, reject) => {
    const stopped = () => new AppError("generation_failed", "It was stopped before the reply began.");
    if (stopSignal.aborted) return reject(stopped());
    const stop = () => worker.stop(id);
    stopSignal.addEventListener("abort", stop, { once: true });
    let answer = "";
    let tokens = 0;
    const settle = (finish: () => void) => {
      stopSignal.removeEventListener("abort", stop);
      finish();
    };
    worker.generate(
      { ...job, id },
      {
        queued: (position) => generation.queued(position),
        reading: () => generation.summarising(0),
        text(text, tokenCount) {
          answer += text;
          tokens += tokenCount;
          generation.summarising(tokens);
        },
        done: ({ stopReason }) => settle(() => (stopReason === "stopped" ? reject(stopped()) : resolve(answer))),
        failed: (error) => settle(() => reject(error)),
      },
    );
  });
}

function memoryLog({ journal }: Parameters<OpenLog>[0]): GenerationLog {
  return new MemoryGenerationLog(journal === undefined ? {} : { journal });
}

function promptInput(model: AnyModel, input: GenerationInput): PromptInput {
  return "turns" in input ? { ...input, format: model.promptFormat } : input;
}

/** Or until it is over here, since another node has taken it. */
function untilEnded(log: GenerationLog): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!log.ended && log.taken?.aborted !== true) return;
      unsubscribe();
      log.taken?.removeEventListener("abort", look);
      resolve();
    };
    const unsubscribe = log.subscribe(look);
    log.taken?.addEventListener("abort", look);
    look();
  });
}
