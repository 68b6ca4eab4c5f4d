import type { FullSampling } from "../../protocol/sampling.js";

/** The sampling parameters that are plain numbers. `recentTokens` is read before every token: the penalties' window. */
export function numberOptions<Token>(sampling: FullSampling, recentTokens: () => Token[], contextTokens: number) {
  const { repeatPenalty, presencePenalty, frequencyPenalty, repeatLastTokens } = sampling;
  const penalties = repeatLastTokens > 0 && (repeatPenalty !== 1 || presencePenalty !== 0 || frequencyPenalty !== 0);
  return {
    temperature: sampling.temperature,
    topK: sampling.topK,
    topP: sampling.topP,
    minP: sampling.minP,
    seed: sampling.seed,
    yieldEogToken: true,
    ...(penalties
      ? {
          repeatPenalty: {
            punishTokens: recentTokens,
            maxPunishTokens: repeatLastTokens,
            penalty: repeatPenalty,
            presencePenalty,
            frequencyPenalty,
          },
        }
      : {}),
    ...(sampling.dryMultiplier > 0
      ? {
          dryRepeatPenalty: {
            strength: sampling.dryMultiplier,
            base: sampling.dryBase,
            allowedLength: sampling.dryAllowedLength,
            // The engine's own word for "all", null, switches DRY off: llama.cpp no longer knows the context's size there.
            lastTokens: sampling.dryLastTokens < 0 ? contextTokens : Math.min(sampling.dryLastTokens, contextTokens),
          },
        }
      : {}),
    ...(sampling.xtcProbability > 0
      ? { xtc: { probability: sampling.xtcProbability, threshold: sampling.xtcThreshold } }
      : {}),
  };
}
