import type { Generation } from "../../chat/Generation.js";
import type { GenerationStats } from "../../protocol/generation.js";

const nanoseconds = (ms: number): number => Math.round(ms * 1e6);

/** Measures from the request on. */
export class ReplyClock {
  readonly #startMs = performance.now();
  #loadedMs: number | undefined;

  constructor(generation: Generation) {
    const look = () => {
      // Loading comes before anything else; whatever follows it says that the model is there.
      if (this.#loadedMs !== undefined) return;
      const last = generation.log.read(generation.log.lastSeq - 1)[0];
      if (last?.type === "phase" && last.phase.phase === "loading") return;
      this.#loadedMs = performance.now();
      unsubscribe();
    };
    const unsubscribe = generation.log.subscribe(look);
  }

  /** Ollama's figures of a finished reply; durations are in nanoseconds. */
  figures(stats: GenerationStats | undefined) {
    const nowMs = performance.now();
    return {
      total_duration: nanoseconds(nowMs - this.#startMs),
      load_duration: nanoseconds((this.#loadedMs ?? nowMs) - this.#startMs),
      prompt_eval_count: stats?.promptTokens ?? 0,
      prompt_eval_duration: nanoseconds(stats?.promptEvalMs ?? 0),
      eval_count: stats?.generatedTokens ?? 0,
      eval_duration: nanoseconds(stats?.generationMs ?? 0),
    };
  }
}
