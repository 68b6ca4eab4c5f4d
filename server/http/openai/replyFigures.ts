import type { GenerationStats, StopReason } from "../../protocol/generation.js";

/** OpenAI's token counts of a request. */
export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number };
}

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

/** llama-server's figures of one generation; `n` counts tokens. Source: llama.cpp tools/server/README.md, "timings". */
export interface Timings {
  /** Prompt tokens found in the KV cache. */
  cache_n: number;
  /** Prompt tokens that were read. */
  prompt_n: number;
  prompt_ms: number;
  prompt_per_token_ms: number;
  prompt_per_second: number;
  predicted_n: number;
  predicted_ms: number;
  predicted_per_token_ms: number;
  predicted_per_second: number;
}

export function timingsOf(stats: GenerationStats): Timings {
  const promptTokens = stats.promptTokens - stats.cachedTokens;
  const per = (total: number, count: number) => (count > 0 ? total / count : 0);
  return {
    cache_n: stats.cachedTokens,
    prompt_n: promptTokens,
    prompt_ms: stats.promptEvalMs,
    prompt_per_token_ms: per(stats.promptEvalMs, promptTokens),
    prompt_per_second: per(promptTokens * 1000, stats.promptEvalMs),
    predicted_n: stats.generatedTokens,
    predicted_ms: stats.generationMs,
    predicted_per_token_ms: per(stats.generationMs, stats.generatedTokens),
    predicted_per_second: stats.tokensPerSecond,
  };
}

/** Both a token limit and a full context are "length"; OpenAI has no word for a reply that was stopped. */
export function finishReason(stopReason: StopReason): "stop" | "length" {
  return stopReason === "length" || stopReason === "context" ? "length" : "stop";
}
