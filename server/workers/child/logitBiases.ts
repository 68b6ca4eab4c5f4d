import { biasLimits, type FullSampling } from "../../protocol/sampling.js";
import type { Token } from "./engine.js";

/**
 * What is added to tokens' logits, by token; at the lowest bias one never comes. A grammar decides by itself where the text ends.
 * `tokensOf`: those that a bias is for.
 */
export function logitBiases(
  { logitBias, ignoreEos, grammar }: FullSampling,
  endTokens: readonly Token[],
  tokensOf: (token: FullSampling["logitBias"][number]["token"]) => readonly Token[],
): Map<Token, number> {
  const biases = new Map<Token, number>();
  if (ignoreEos && grammar === undefined) for (const token of endTokens) biases.set(token, Number.NEGATIVE_INFINITY);
  for (const { token, bias } of logitBias) {
    const logit = bias <= biasLimits.min ? Number.NEGATIVE_INFINITY : bias;
    for (const each of tokensOf(token)) biases.set(each, logit);
  }
  return biases;
}
