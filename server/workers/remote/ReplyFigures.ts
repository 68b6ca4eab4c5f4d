import { z } from "zod";
import type { WorkerStats } from "../messages.js";

/** OpenAI's token counts, as far as a server has them. */
export const usageSchema = z.object({
  prompt_tokens: z.number().nonnegative().catch(0),
  completion_tokens: z.number().nonnegative().catch(0),
  prompt_tokens_details: z.object({ cached_tokens: z.number().nullish() }).nullish().catch(undefined),
});

/** Counts and times of one reply. */
export class ReplyFigures {
  readonly #contextTokens: number;
  readonly #seed: number;
  readonly #startedMs = performance.now();
  #firstMs: number | undefined;
  #lastMs = 0;
  pieces = 0;
  usage: z.infer<typeof usageSchema> | undefined;

  constructor(contextTokens: number, seed: number) {
    this.#contextTokens = contextTokens;
    this.#seed = seed;
  }

  /** Another piece came. */
  count(): void {
    this.pieces++;
    this.#lastMs = performance.now();
    this.#firstMs ??= this.#lastMs;
  }

  get totalTokens(): number {
    return (this.usage?.prompt_tokens ?? 0) + (this.usage?.completion_tokens ?? 0);
  }

  /** A server that says nothing of its tokens has made as many as there were pieces. */
  stats(): WorkerStats {
    const firstMs = this.#firstMs ?? performance.now();
    const generatedTokens = this.usage?.completion_tokens ?? this.pieces;
    const generationMs = Math.max(0, this.#lastMs - firstMs);
    return {
      promptTokens: this.usage?.prompt_tokens ?? 0,
      cachedTokens: this.usage?.prompt_tokens_details?.cached_tokens ?? 0,
      generatedTokens,
      contextTokens: this.#contextTokens,
      promptEvalMs: firstMs - this.#startedMs,
      generationMs,
      tokensPerSecond: generationMs > 0 ? (generatedTokens / generationMs) * 1000 : 0,
      seed: this.#seed,
    };
  }
}
