import type { ChildProcess } from "node:child_process";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import { randomId } from "../platform/randomId.js";
import type { TokenDetail } from "../protocol/generation.js";
import { engineProgram, forkWorker, type WorkerProgram } from "./forkWorker.js";
import { ModelLoading } from "./ModelLoading.js";
import type {
  EmbeddingInput,
  EngineFigures,
  LoadedModelInfo,
  LoadOptions,
  PromptInput,
  WorkerMessage,
  WorkerRequest,
} from "./messages.js";
import { readWorkerMessage } from "./readWorkerMessage.js";
import { Watchdog, type WatchdogTimes } from "./Watchdog.js";
import type { WorkerObserver } from "./WorkerObserver.js";

/** What one generation in a worker reports; exactly one of `done` and `failed` comes, and it comes last. */
export interface GenerationListener {
  queued(position: number): void;
  reading(evaluatedTokens: number, promptTokens: number): void;
  text(text: string, tokenCount: number, tokens?: TokenDetail[]): void;
  done(message: WorkerMessage & { type: "done" }): void;
  failed(error: AppError): void;
}

/** One generation as a worker gets it. */
export type WorkerJob = Omit<WorkerRequest & { type: "generate" }, "type">;

export interface WorkerTimeouts extends WatchdogTimes {
  /** Loading fails when it makes no progress for this long. */
  loadStallMs: number;
  /** From the polite message to SIGTERM, and from there to SIGKILL. */
  closeMs: number;
  terminateMs: number;
}

export const workerTimeouts: WorkerTimeouts = {
  loadStallMs: 120_000,
  closeMs: 2_000,
  terminateMs: 1_000,
  lookMs: 5_000,
  missedAnswers: 6,
  stuckMs: 15 * 60_000,
};

export interface WorkerParts {
  timeouts?: Partial<WorkerTimeouts>;
  program?: WorkerProgram;
  observer?: WorkerObserver;
}

/** Whoever watches does not wait longer for a worker that is in the middle of something. */
const figuresTimeoutMs = 500;

/** What a question is answered with; only an embedding has a vector. */
interface Answer {
  promptTokens: number;
  vector?: number[];
}

/** `dead` is final: a worker is never restarted, a new one takes its place. */
export type WorkerState = "new" | "loading" | "ready" | "closing" | "dead";

/** One model process, from fork to exit. A crash inside it ends its generations with `worker_died` and nothing else. */
export class ModelWorker {
  readonly modelId: string;
  /** Resolves when the process has exited; never rejects. */
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #logger: Logger;
  readonly #timeouts: WorkerTimeouts;
  readonly #observer: WorkerObserver;
  readonly #generations = new Map<string, GenerationListener>();
  /** Questions that get one answer, or `failed`. */
  readonly #asked = new Map<string, { resolve(answer: Answer): void; reject(error: AppError): void }>();
  readonly #figures = new Map<string, (figures: EngineFigures | undefined) => void>();
  #state: WorkerState = "new";
  #loading: ModelLoading | undefined;
  #info: LoadedModelInfo | undefined;
  #gpu: string | false | undefined;
  #lastErrorLine = "";
  #watchdog: Watchdog | undefined;
  /** Why it was ended by us; completes "The process …". */
  #givenUp: string | undefined;
  #distrusted = false;

  constructor(
    modelId: string,
    logger: Logger,
    { timeouts = {}, program = engineProgram, observer = {} }: WorkerParts = {},
  ) {
    this.modelId = modelId;
    this.#logger = logger;
    this.#timeouts = { ...workerTimeouts, ...timeouts };
    this.#observer = observer;
    this.#child = forkWorker(program);
    this.#child.on("message", (received: unknown) => {
      for (const one of Array.isArray(received) ? received : [received]) {
        const message = readWorkerMessage(one);
        if (this.#distrusted) return;
        if (message !== undefined) this.#receive(message);
        else this.#distrust();
      }
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      this.#lastErrorLine = chunk.trim().split("\n").at(-1)?.slice(0, 300) ?? this.#lastErrorLine;
    });
    this.exited = new Promise((resolve) => {
      const end = (how: string) => {
        if (this.#state !== "dead") this.#die(how);
        resolve();
      };
      observer.workerStarted?.(modelId);
      this.#child.once("exit", (code, signal) => end(signal ?? `exit status ${code}`));
      this.#child.once("error", (error) => end(error.message));
    });
  }

  get state(): WorkerState {
    return this.#state;
  }

  get info(): LoadedModelInfo | undefined {
    return this.#info;
  }

  /** Generations that run or wait in this worker. */
  get activeGenerations(): number {
    return this.#generations.size;
  }

  /** The GPU that it uses or tried to; `undefined` when it did not come that far. */
  get gpu(): string | false | undefined {
    return this.#gpu;
  }

  /** Whether anything is asked of it: a reply, an embedding, a count. */
  get isBusy(): boolean {
    return this.#generations.size > 0 || this.#asked.size > 0;
  }

  get processId(): number | undefined {
    return this.#child.pid;
  }

  /**
   * Loads the weights; `onProgress` gets 0 to 1. From then on a watchdog ends the process when it hangs or takes more than
   * `maxResidentBytes`. Throws `model_load_failed`, `model_load_timeout` or `worker_died`; the process is gone then.
   */
  async load(
    options: LoadOptions,
    onProgress: (progress: number) => void,
    maxResidentBytes = Number.POSITIVE_INFINITY,
  ): Promise<LoadedModelInfo> {
    if (this.#state === "closing" || this.#state === "dead") throw this.#deathError();
    if (this.#state !== "new") throw new AppError("internal", "A worker loads once.");
    this.#state = "loading";
    const loading = new ModelLoading(this.modelId, this.#timeouts.loadStallMs, onProgress);
    this.#loading = loading;
    try {
      this.#send({ type: "load", options });
      const info = await loading.loaded;
      // It was told to go while that was on its way.
      if (this.#state !== "loading") throw this.#deathError();
      this.#info = info;
      this.#state = "ready";
      this.#watchdog = new Watchdog(
        {
          isBusy: () => this.isBusy,
          figures: () => this.figures(),
          giveUp: (reason) => this.#giveUp(reason),
        },
        this.#timeouts,
        maxResidentBytes,
      );
      return this.#info;
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      this.#loading = undefined;
    }
  }

  /** Starts a generation; a worker that is not ready reports `worker_died`. */
  generate(job: WorkerJob, listener: GenerationListener): void {
    const { id } = job;
    if (this.#state !== "ready") {
      listener.failed(this.#deathError());
      return;
    }
    this.#generations.set(id, listener);
    this.#observer.generationEntered?.(this.modelId);
    this.#send({ type: "generate", ...job });
  }

  /** Asks for the end of a generation; it reports `done` with `stopped` within one token or one slice of the prompt. */
  stop(id: string): void {
    if (this.#generations.has(id)) this.#send({ type: "stop", id });
  }

  /** Tokens of `input` in the model's prompt format. Throws `prompt_template_failed` or `worker_died`. */
  async countTokens(input: PromptInput): Promise<number> {
    const answer = await this.#ask({ type: "count", id: randomId(), input });
    return answer.promptTokens;
  }

  /**
   * The input's embedding, of length 1. Throws `context_full`, `bad_request` or `worker_died`, and within a slice of the text
   * `generation_failed` when `signal` is aborted.
   */
  async embed(input: EmbeddingInput, signal?: AbortSignal): Promise<{ vector: number[]; promptTokens: number }> {
    const id = randomId();
    const stop = () => this.#send({ type: "stop", id });
    const answer = this.#ask({ type: "embed", id, input });
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const { vector = [], promptTokens } = await answer;
      return { vector, promptTokens };
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  #ask(question: WorkerRequest & { type: "count" | "embed" }): Promise<Answer> {
    if (this.#state !== "ready") return Promise.reject(this.#deathError());
    return new Promise((resolve, reject) => {
      this.#asked.set(question.id, { resolve, reject });
      this.#send(question);
    });
  }

  /** What the process says of itself; `undefined` when it is not ready, too busy to answer soon, or gone. */
  figures(): Promise<EngineFigures | undefined> {
    if (this.#state !== "ready") return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const id = randomId();
      const answer = (figures: EngineFigures | undefined) => {
        clearTimeout(timer);
        this.#figures.delete(id);
        resolve(figures);
      };
      const timer = setTimeout(() => answer(undefined), figuresTimeoutMs);
      this.#figures.set(id, answer);
      this.#send({ type: "figures", id });
    });
  }

  /** What is kept of a deleted conversation, in memory and on disk, goes. */
  forget(conversationId: string): void {
    this.#send({ type: "forget", conversationId });
  }

  /** From now on the engine uses exactly so many threads for writing and for reading, for measuring. */
  fixThreads(threads: number, batchThreads: number): void {
    this.#send({ type: "fixThreads", threads, batchThreads });
  }

  /** From now on the engine uses at most so many threads. */
  limitThreads(threads: number): void {
    this.#send({ type: "limitThreads", threads });
  }

  /** Ends the process: message, then SIGTERM, then SIGKILL, each with its time-out. Resolves when it is gone. */
  async close(): Promise<void> {
    if (this.#state !== "dead" && this.#state !== "closing") {
      this.#state = "closing";
      this.#send({ type: "close" });
      const { closeMs, terminateMs } = this.#timeouts;
      const terminate = setTimeout(() => this.#child.kill("SIGTERM"), closeMs);
      const kill = setTimeout(() => this.#child.kill("SIGKILL"), closeMs + terminateMs);
      await this.exited;
      clearTimeout(terminate);
      clearTimeout(kill);
    }
    await this.exited;
  }

  #send(request: WorkerRequest): void {
    // A child that just died closes the channel before its exit is reported; the exit handler tells everyone.
    if (this.#child.connected) this.#child.send(request, () => {});
  }

  /** A process that sends what is no message is not heard any further. */
  #distrust(): void {
    this.#distrusted = true;
    this.#logger.error({ modelId: this.modelId }, "a worker sent what is no message and is ended");
    this.#child.kill("SIGKILL");
  }

  #giveUp(reason: string): void {
    this.#givenUp = reason;
    this.#logger.error({ modelId: this.modelId, reason }, "a worker is ended");
    this.#child.kill("SIGKILL");
  }

  #receive(message: WorkerMessage): void {
    if (message.type !== "figures") this.#watchdog?.progress();
    switch (message.type) {
      case "opened":
        this.#gpu = message.gpu;
        break;
      case "loading":
        this.#loading?.progress(message.progress);
        break;
      case "ready":
        this.#loading?.done(message.info);
        break;
      case "loadFailed":
        this.#loading?.failed(AppError.fromInfo(message.error));
        break;
      case "draftFailed":
        if (this.#info !== undefined) this.#info = { ...this.#info, draftFailure: message.reason };
        this.#logger.warn({ modelId: this.modelId, reason: message.reason }, "a draft failed; its model goes on alone");
        this.#observer.draftFailed?.(this.modelId);
        break;
      case "queued":
        this.#generations.get(message.id)?.queued(message.position);
        break;
      case "reading":
        this.#generations.get(message.id)?.reading(message.evaluatedTokens, message.promptTokens);
        break;
      case "text":
        this.#generations.get(message.id)?.text(message.text, message.tokenCount, message.tokens);
        break;
      case "done":
        this.#take(message.id)?.done(message);
        break;
      case "failed": {
        const error = AppError.fromInfo(message.error);
        this.#asked.get(message.id)?.reject(error);
        this.#asked.delete(message.id);
        this.#take(message.id)?.failed(error);
        break;
      }
      case "counted":
      case "embedded":
        this.#asked.get(message.id)?.resolve(message);
        this.#asked.delete(message.id);
        break;
      case "figures":
        this.#figures.get(message.id)?.(message.figures);
        break;
      default:
        message satisfies never;
    }
  }

  #take(id: string): GenerationListener | undefined {
    const listener = this.#generations.get(id);
    if (this.#generations.delete(id)) this.#observer.generationLeft?.(this.modelId, id);
    return listener;
  }

  #die(how: string): void {
    const expected = this.#state === "closing";
    this.#state = "dead";
    this.#watchdog?.close();
    if (!expected)
      this.#logger.error({ modelId: this.modelId, how, lastErrorLine: this.#lastErrorLine }, "a worker died");
    const error = this.#deathError(how);
    this.#observer.workerEnded?.(this.modelId, expected, error);
    this.#loading?.failed(error);
    const listeners = [...this.#generations.values()];
    const asked = [...this.#asked.values()];
    this.#generations.clear();
    this.#asked.clear();
    for (const listener of listeners) listener.failed(error);
    for (const question of asked) question.reject(error);
    for (const answer of [...this.#figures.values()]) answer(undefined);
  }

  #deathError(how?: string): AppError {
    return new AppError(
      "worker_died",
      this.#givenUp === undefined
        ? `The process that held ${this.modelId} ended${how === undefined ? "" : ` (${how})`}.`
        : `The process that held ${this.modelId} ${this.#givenUp} and was ended.`,
      {
        hint: "Try again: a new process is started for it.",
      },
    );
  }
}
