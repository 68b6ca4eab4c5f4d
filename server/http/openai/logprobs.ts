import type { TokenDetail } from "../../protocol/generation.js";

/** What OpenAI writes for a token that could not come: JSON has no infinity. */
const leastLogprob = -9999;

function logprob(probability: number): number {
  return probability > 0 ? Math.max(leastLogprob, Math.log(probability)) : leastLogprob;
}

const encoder = new TextEncoder();

function entry({ text, probability, bytes }: Omit<TokenDetail, "top" | "id">) {
  return { token: text, logprob: logprob(probability), bytes: bytes ?? [...encoder.encode(text)] };
}

/** `choices[].logprobs` of a chat completion. */
export function chatLogprobs(tokens: readonly TokenDetail[]) {
  return {
    content: tokens.map((token) => ({ ...entry(token), top_logprobs: token.top.map(entry) })),
    refusal: null,
  };
}

/** `choices[].logprobs` of a completion. `offset`: where the first token stands in the choice's text, in UTF-16 units. */
export function completionLogprobs(tokens: readonly TokenDetail[], offset: number) {
  let at = offset;
  return {
    tokens: tokens.map(({ text }) => text),
    token_logprobs: tokens.map(({ probability }) => logprob(probability)),
    top_logprobs: tokens.map(({ top }) =>
      Object.fromEntries(top.map(({ text, probability }) => [text, logprob(probability)])),
    ),
    text_offset: tokens.map(({ text }) => {
      const start = at;
      at += text.length;
      return start;
    }),
  };
}

/** The mean log probability of a reply's tokens: what `best_of` ranks by. */
export function meanLogprob(tokens: readonly TokenDetail[]): number {
  if (tokens.length === 0) return Number.NEGATIVE_INFINITY;
  return tokens.reduce((sum, { probability }) => sum + logprob(probability), 0) / tokens.length;
}
