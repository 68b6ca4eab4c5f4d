import type { GenerationService } from "../../chat/GenerationService.js";
import { LiveGenerations } from "../../chat/LiveGenerations.js";
import { LoopDelay } from "../../platform/LoopDelay.js";
import type { Logger } from "../../platform/logger.js";
import { version } from "../../platform/version.js";
import type { LiveModel, ServerStatus } from "../../protocol/serverStatus.js";
import type { WorkerPool } from "../../workers/WorkerPool.js";
import { Metrics } from "./Metrics.js";
import { RecentFigures } from "./RecentFigures.js";

export interface ObservedParts {
  generations: GenerationService;
  pool: WorkerPool;
  /** Open socket connections. */
  socketCount(): number;
}

/** Watches the server: what goes on now, what happened so far, and a line in the log for every reply. Figures alone, no text. */
export class Observability {
  readonly #parts: ObservedParts;
  readonly #live: LiveGenerations;
  readonly #metrics = new Metrics();
  readonly #recent = new RecentFigures();
  readonly #loopDelay = new LoopDelay();
  readonly #startedMs = performance.now();

  constructor(parts: ObservedParts, logger: Logger) {
    this.#parts = parts;
    const [counted, recent] = [this.#metrics.generations, this.#recent.generations];
    this.#live = new LiveGenerations(parts.generations, {
      ...counted,
      firstToken: (modelId, ttftMs) => {
        counted.firstToken?.(modelId, ttftMs);
        recent.firstToken?.(modelId, ttftMs);
      },
      tokens: (modelId, tokens, gapMs) => {
        counted.tokens?.(modelId, tokens, gapMs);
        recent.tokens?.(modelId, tokens, gapMs);
      },
      promptRead: (modelId, promptTokens, cachedTokens) => {
        counted.promptRead?.(modelId, promptTokens, cachedTokens);
        recent.promptRead?.(modelId, promptTokens, cachedTokens);
      },
      prefixCopied: (modelId, tokens) => {
        counted.prefixCopied?.(modelId, tokens);
        recent.prefixCopied?.(modelId, tokens);
      },
      ended: (generation) => {
        counted.ended?.(generation);
        const { id: generationId, modelId, stopReason, stats } = generation;
        logger.info({ generationId, modelId, stopReason, ...stats }, "generation ended");
      },
    });
    parts.pool.observe(this.#metrics.workers);
    parts.pool.observe(this.#recent.workers);
  }

  /** What goes on now. */
  async status(): Promise<ServerStatus> {
    const residents = await this.#parts.pool.figures();
    const lanes = new Map<string, number>();
    for (const { figures } of residents)
      for (const [lane, { generationId }] of (figures?.lanes ?? []).entries())
        if (generationId !== undefined) lanes.set(generationId, lane);
    return {
      version,
      uptimeMs: performance.now() - this.#startedMs,
      generations: this.#live.view((generationId) => lanes.get(generationId)),
      models: residents.map((resident) => this.#model(resident)),
      sockets: this.#parts.socketCount(),
      ...this.#recent.view(),
      server: { residentBytes: process.memoryUsage.rss(), eventLoopDelayMs: this.#loopDelay.read() },
    };
  }

  /** A scrape for Prometheus; the event loop's delay starts anew with each. */
  async scrape(): Promise<{ contentType: string; text: string }> {
    const text = await this.#metrics.scrape(await this.status());
    this.#loopDelay.reset();
    return { contentType: this.#metrics.contentType, text };
  }

  /** A text of so many tokens was embedded with the model. */
  embedded(modelId: string, tokens: number): void {
    this.#metrics.embedded(modelId, tokens);
  }

  close(): void {
    this.#live.close();
    this.#loopDelay.close();
  }

  #plan(modelId: string): Pick<LiveModel, "plan"> {
    const plan = this.#parts.pool.plan(modelId);
    if (plan === undefined) return {};
    const { weightsBytes, kvCacheBytes, restBytes } = plan;
    return { plan: { weightsBytes, kvCacheBytes, restBytes } };
  }

  #model({ modelId, processId, figures }: Awaited<ReturnType<WorkerPool["figures"]>>[number]): LiveModel {
    return {
      modelId,
      ...(processId === undefined ? {} : { processId }),
      ...this.#plan(modelId),
      ...(figures === undefined
        ? {}
        : {
            threads: figures.threads,
            residentBytes: figures.residentBytes,
            waiting: figures.waiting,
            batches: figures.batches,
            lanes: figures.lanes.map(({ generationId, heldTokens }) => {
              const generation = generationId === undefined ? undefined : this.#live.numberOf(generationId);
              return generation === undefined ? { heldTokens } : { generation, heldTokens };
            }),
          }),
    };
  }
}
