import type { z } from "zod";
import type { GenerationStats } from "../../protocol/generation.js";
import type { WholeReason } from "../endFailure.js";
import type { timingsSchema, usageSchema } from "./responseSchemas.js";

/** OpenAI's token counts of a request. */
export type Usage = z.infer<typeof usageSchema>;

/**
 * The exact counts: each prompt once, however many choices were made from it, and the tokens of every choice.
 * `stats` has the figures of one generation per choice, by prompt: `[prompts][choices]`.
 */
export function usageOf(stats: readonly (readonly GenerationStats[])[]): Usage {
  const usage = {
    prompt_tokens: 0,
    completion_tokens: 0,
    total_tokens: 0,
    prompt_tokens_details: { cached_tokens: 0 },
  };
  for (const choices of stats) {
    usage.prompt_tokens += choices[0]?.promptTokens ?? 0;
    usage.prompt_tokens_details.cached_tokens += choices[0]?.cachedTokens ?? 0;
    for (const { generatedTokens } of choices) usage.completion_tokens += generatedTokens;
  }
  usage.total_tokens = usage.prompt_tokens + usage.completion_tokens;
  return usage;
}

/** llama-server's figures of one generation; `n` counts tokens. */
export type Timings = z.infer<typeof timingsSchema>;

export function timingsOf(stats: GenerationStats): Timings {
  const promptTokens = stats.promptTokens - stats.cachedTokens;
  const round = (value: number) => Math.round(value * 1000) / 1000;
  const per = (total: number, count: number) => (count > 0 ? round(total / count) : 0);
  return {
    cache_n: stats.cachedTokens,
    prompt_n: promptTokens,
    prompt_ms: round(stats.promptEvalMs),
    prompt_per_token_ms: per(stats.promptEvalMs, promptTokens),
    prompt_per_second: per(promptTokens * 1000, stats.promptEvalMs),
    predicted_n: stats.generatedTokens,
    predicted_ms: round(stats.generationMs),
    predicted_per_token_ms: per(stats.generationMs, stats.generatedTokens),
    predicted_per_second: round(stats.tokensPerSecond),
    ...(stats.guessedTokens === undefined
      ? {}
      : { draft_n: stats.guessedTokens, draft_n_accepted: stats.acceptedTokens ?? 0 }),
  };
}

/** Both a token limit and a full context are "length". */
export function finishReason(stopReason: WholeReason): "stop" | "length" {
  return stopReason === "length" || stopReason === "context" ? "length" : "stop";
}
