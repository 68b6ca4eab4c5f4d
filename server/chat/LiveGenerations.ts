import type { GenerationEvent, GenerationStats, StopReason } from "../protocol/generation.js";
import type { LiveGeneration } from "../protocol/serverStatus.js";
import type { Generation } from "./Generation.js";
import type { GenerationService } from "./GenerationService.js";

/** What those who count are told. Durations in milliseconds; never a text. */
export interface GenerationObserver {
  /** It got its lane after so long; 0 when it did not have to wait. */
  laneGranted?(modelId: string, queuedMs: number): void;
  /** Its prompt is read, of which so many tokens were in the KV cache. Once at most: one that was stopped in the queue is not read. */
  promptRead?(modelId: string, promptTokens: number, cachedTokens: number): void;
  /** So many more of its prompt's tokens were in the KV cache, of other lanes; told at its end. */
  prefixCopied?(modelId: string, tokens: number): void;
  firstToken?(modelId: string, ttftMs: number): void;
  /** `tokens` more came; `gapMs`: after the ones before, if there were any. */
  tokens?(modelId: string, tokens: number, gapMs: number | undefined): void;
  ended?(generation: { id: string; modelId: string; stopReason: StopReason; stats?: GenerationStats }): void;
}

/** The speed is that of about the last so many milliseconds. */
const speedWindowMs = 1000;

/** Reads a generation's log as every reader does, and keeps figures alone. */
class LiveEntry {
  readonly number: number;
  readonly #generation: Generation;
  readonly #observer: GenerationObserver;
  readonly #startedMs = performance.now();
  #cursor = 0;
  #phase: LiveGeneration["phase"] = "starting";
  #position: number | undefined;
  #promptTokens: number | undefined;
  #evaluatedTokens: number | undefined;
  /** When the reading began. */
  #cachedTokens = 0;
  #generatedTokens = 0;
  #queuedSinceMs: number | undefined;
  #lastTokenMs: number | undefined;
  /** The window that is being filled, and the speed of the one before. */
  #window = { sinceMs: 0, tokens: 0 };
  #tokensPerSecond = 0;

  constructor(number: number, generation: Generation, observer: GenerationObserver, onEnd: () => void) {
    this.number = number;
    this.#generation = generation;
    this.#observer = observer;
    const unsubscribe = generation.log.subscribe(() => {
      for (const event of generation.log.read(this.#cursor)) {
        this.#cursor = event.seq;
        this.#take(event);
        if (event.type !== "end") continue;
        unsubscribe();
        onEnd();
      }
    });
  }

  view(lane: number | undefined): LiveGeneration {
    const optional = {
      lane,
      position: this.#phase === "queued" ? this.#position : undefined,
      promptTokens: this.#promptTokens,
      evaluatedTokens: this.#evaluatedTokens,
    };
    const nowMs = performance.now();
    return {
      number: this.number,
      modelId: this.#generation.modelId,
      phase: this.#phase,
      ...(Object.fromEntries(
        Object.entries(optional).filter(([, value]) => value !== undefined),
      ) as Partial<LiveGeneration>),
      generatedTokens: this.#generatedTokens,
      tokensPerSecond: this.#speed(nowMs),
      ageMs: nowMs - this.#startedMs,
    };
  }

  #take(event: GenerationEvent): void {
    switch (event.type) {
      case "phase":
        this.#enter(event);
        break;
      case "text":
        this.#count(event.tokenCount);
        break;
      case "end": {
        const { stopReason, stats } = event;
        const { id, modelId } = this.#generation;
        // Another server tells at the end how much it read.
        if (!this.#promptTokens && stats !== undefined && stats.generatedTokens > 0)
          this.#observer.promptRead?.(modelId, stats.promptTokens, stats.cachedTokens);
        // What was copied from other lanes came after the reading had begun.
        else if (this.#promptTokens && stats !== undefined && stats.cachedTokens > this.#cachedTokens)
          this.#observer.prefixCopied?.(modelId, stats.cachedTokens - this.#cachedTokens);
        this.#observer.ended?.({ id, modelId, stopReason, ...(stats === undefined ? {} : { stats }) });
        break;
      }
      case "snapshot":
        break;
      default:
        event satisfies never;
    }
  }

  #enter({ phase }: GenerationEvent & { type: "phase" }): void {
    if (phase.phase === "queued") {
      this.#queuedSinceMs ??= performance.now();
      this.#position = phase.position;
    } else if (phase.phase === "reading") {
      if (this.#promptTokens === undefined) {
        const queuedMs = this.#queuedSinceMs === undefined ? 0 : performance.now() - this.#queuedSinceMs;
        this.#observer.laneGranted?.(this.#generation.modelId, queuedMs);
        this.#cachedTokens = phase.evaluatedTokens;
        if (phase.promptTokens > 0)
          this.#observer.promptRead?.(this.#generation.modelId, phase.promptTokens, phase.evaluatedTokens);
      }
      this.#promptTokens = phase.promptTokens;
      this.#evaluatedTokens = phase.evaluatedTokens;
    }
    this.#phase = phase.phase;
  }

  #count(tokens: number): void {
    if (tokens === 0) return;
    const nowMs = performance.now();
    const { modelId } = this.#generation;
    const gapMs = this.#lastTokenMs === undefined ? undefined : nowMs - this.#lastTokenMs;
    this.#observer.tokens?.(modelId, tokens, gapMs);
    if (gapMs === undefined) {
      this.#observer.firstToken?.(modelId, nowMs - this.#startedMs);
      this.#window = { sinceMs: nowMs, tokens: 0 };
    } else this.#window.tokens += tokens;
    this.#lastTokenMs = nowMs;
    this.#generatedTokens += tokens;
    const elapsedMs = nowMs - this.#window.sinceMs;
    if (elapsedMs < speedWindowMs) return;
    this.#tokensPerSecond = (this.#window.tokens / elapsedMs) * 1000;
    this.#window = { sinceMs: nowMs, tokens: 0 };
  }

  #speed(nowMs: number): number {
    const elapsedMs = nowMs - this.#window.sinceMs;
    // Before a window is full, or when nothing has come for longer than one, what is there now counts.
    if (this.#tokensPerSecond > 0 && elapsedMs < 2 * speedWindowMs) return this.#tokensPerSecond;
    return elapsedMs > 0 && this.#lastTokenMs !== undefined ? (this.#window.tokens / elapsedMs) * 1000 : 0;
  }
}

/** Everything that runs or waits, seen through the generations' logs: a reader like any other, which changes nothing. */
export class LiveGenerations {
  readonly #entries = new Map<string, LiveEntry>();
  readonly #unsubscribe: () => void;
  #lastNumber = 0;

  constructor(generations: GenerationService, observer: GenerationObserver) {
    this.#unsubscribe = generations.onStart((generation) => {
      const entry = new LiveEntry(++this.#lastNumber, generation, observer, () => this.#entries.delete(generation.id));
      this.#entries.set(generation.id, entry);
    });
  }

  /** Oldest first. `laneOf`: the lane of a generation, where it is known. */
  view(laneOf: (generationId: string) => number | undefined): LiveGeneration[] {
    return [...this.#entries].map(([id, entry]) => entry.view(laneOf(id)));
  }

  /** The number under which a generation is shown. */
  numberOf(generationId: string): number | undefined {
    return this.#entries.get(generationId)?.number;
  }

  close(): void {
    this.#unsubscribe();
  }
}
