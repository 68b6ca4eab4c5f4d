import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { GenerationObserver } from "../../chat/LiveGenerations.js";
import { version } from "../../platform/version.js";
import type { ServerStatus } from "../../protocol/serverStatus.js";
import type { WorkerObserver } from "../../workers/WorkerObserver.js";

/** In seconds: from a local model's token to a minute's wait. */
const waitBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const gapBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/**
 * What `GET /metrics` tells, in Prometheus' names: base units, `_total` for what only rises. Labels are models, phases and
 * reasons, never anything that somebody wrote. The only file that imports prom-client.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #ttft = this.#histogram("time_to_first_token_seconds", "From the request to the first token", waitBuckets);
  readonly #queue = this.#histogram("queue_seconds", "Waiting for a place in the model", waitBuckets);
  readonly #gap = this.#histogram("inter_token_seconds", "From one token to the next", gapBuckets);
  readonly #ended = this.#counter("generations_total", "Replies that ended", ["model", "stop_reason"]);
  readonly #promptTokens = this.#counter("prompt_tokens_total", "Tokens of prompts, cached ones included", ["model"]);
  readonly #cachedTokens = this.#counter("prompt_tokens_cached_total", "Tokens of prompts found in the KV cache", [
    "model",
  ]);
  readonly #generatedTokens = this.#counter("generated_tokens_total", "Tokens of replies", ["model"]);
  readonly #guessedTokens = this.#counter("guessed_tokens_total", "Tokens that were guessed ahead", ["model"]);
  readonly #acceptedTokens = this.#counter("accepted_tokens_total", "Guessed tokens that the model chose itself", [
    "model",
  ]);
  readonly #embeddings = this.#counter("embeddings_total", "Texts that were embedded", ["model"]);
  readonly #embeddedTokens = this.#counter("embedded_tokens_total", "Tokens of texts that were embedded", ["model"]);
  readonly #workerStarts = this.#counter("worker_starts_total", "Model processes started", ["model"]);
  readonly #workerDeaths = this.#counter("worker_deaths_total", "Model processes that died by themselves", ["model"]);
  readonly #active = this.#gauge("active_generations", "Replies that run or wait", ["phase"]);
  readonly #waiting = this.#gauge("queue_length", "Replies that wait for a place in the model", ["model"]);
  readonly #sockets = this.#gauge("sockets", "Open socket connections", []);
  readonly #resident = this.#gauge("resident_memory_bytes", "Memory of a process", ["process"]);
  readonly #threads = this.#gauge("worker_threads", "Threads that a model's engine uses", ["model"]);
  readonly #held = this.#gauge("kv_cache_tokens", "Tokens that a model's KV cache holds", ["model"]);
  readonly #batches = this.#gauge("batches", "Batches since the model was loaded, by sequences in them", [
    "model",
    "sequences",
  ]);
  readonly #delay = this.#gauge(
    "event_loop_delay_seconds",
    "How late the server's event loop was since the last scrape",
    ["quantile"],
  );
  readonly #uptime = this.#gauge("uptime_seconds", "Since the server started", []);
  readonly #phases: readonly ServerStatus["generations"][number]["phase"][] = [
    "starting",
    "loading",
    "queued",
    "summarising",
    "reading",
    "answering",
  ];

  constructor() {
    this.#gauge("build_info", "1; the labels say what runs", ["version", "node"]).set(
      { version, node: process.versions.node },
      1,
    );
  }

  /** Counts what happens to generations. */
  readonly generations: GenerationObserver = {
    laneGranted: (model, queuedMs) => this.#queue.observe({ model }, queuedMs / 1000),
    firstToken: (model, ttftMs) => this.#ttft.observe({ model }, ttftMs / 1000),
    tokens: (model, tokens, gapMs) => {
      // As they come and not at the end: a reply whose worker dies has no figures, and a long one would be a spike.
      this.#generatedTokens.inc({ model }, tokens);
      if (gapMs === undefined) return;
      // Tokens that came together each took their share.
      for (let token = 0; token < tokens; token++) this.#gap.observe({ model }, gapMs / tokens / 1000);
    },
    promptRead: (model, promptTokens, cachedTokens) => {
      this.#promptTokens.inc({ model }, promptTokens);
      this.#cachedTokens.inc({ model }, cachedTokens);
    },
    prefixCopied: (model, tokens) => this.#cachedTokens.inc({ model }, tokens),
    ended: ({ modelId: model, stopReason, stats }) => {
      this.#ended.inc({ model, stop_reason: stopReason });
      this.#guessedTokens.inc({ model }, stats?.guessedTokens ?? 0);
      this.#acceptedTokens.inc({ model }, stats?.acceptedTokens ?? 0);
    },
  };

  /** Counts what happens to workers. */
  readonly workers: WorkerObserver = {
    workerStarted: (model) => {
      this.#workerStarts.inc({ model });
      // It is there from the beginning: `rate` and `increase` do not see what a series begins with.
      this.#workerDeaths.inc({ model }, 0);
    },
    workerEnded: (model, expected) => {
      if (!expected) this.#workerDeaths.inc({ model });
    },
  };

  /** A text of so many tokens was embedded. */
  embedded(model: string, tokens: number): void {
    this.#embeddings.inc({ model });
    this.#embeddedTokens.inc({ model }, tokens);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The text of a scrape; `status` is what goes on at this moment. */
  scrape(status: ServerStatus): Promise<string> {
    for (const gauge of [this.#waiting, this.#resident, this.#threads, this.#held, this.#batches]) gauge.reset();
    for (const phase of this.#phases)
      this.#active.set({ phase }, status.generations.filter((generation) => generation.phase === phase).length);
    this.#sockets.set(status.sockets);
    this.#uptime.set(status.uptimeMs / 1000);
    this.#resident.set({ process: "server" }, status.server.residentBytes);
    for (const [quantile, ms] of Object.entries(status.server.eventLoopDelayMs))
      this.#delay.set({ quantile: quantile === "max" ? "1" : `0.${quantile.slice(1)}` }, ms / 1000);
    for (const { modelId: model, threads, residentBytes, waiting, lanes, batches } of status.models) {
      if (residentBytes !== undefined) this.#resident.set({ process: model }, residentBytes);
      if (threads !== undefined) this.#threads.set({ model }, threads);
      if (waiting !== undefined) this.#waiting.set({ model }, waiting);
      if (lanes !== undefined)
        this.#held.set(
          { model },
          lanes.reduce((sum, lane) => sum + lane.heldTokens, 0),
        );
      for (const { sequences, count } of batches ?? [])
        this.#batches.set({ model, sequences: String(sequences) }, count);
    }
    return this.#registry.metrics();
  }

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name: `cria_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, labelNames: string[]): Gauge {
    return new Gauge({ name: `cria_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name: `cria_${name}`, help, labelNames: ["model"], buckets, registers: [this.#registry] });
  }
}
