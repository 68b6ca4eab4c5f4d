import type { Sampling } from "../../protocol/sampling.js";
import { samplingLimits } from "../../protocol/samplingLimits.js";

/** A sampling parameter that is a number. */
export type SamplingNumber = keyof typeof samplingLimits;

/** The numbers of the sampling schema under OpenAI's and llama-server's names. */
export const samplingNames = {
  temperature: "temperature",
  topK: "top_k",
  topP: "top_p",
  minP: "min_p",
  repeatPenalty: "repeat_penalty",
  repeatLastTokens: "repeat_last_n",
  presencePenalty: "presence_penalty",
  frequencyPenalty: "frequency_penalty",
  maxTokens: "max_tokens",
  dryMultiplier: "dry_multiplier",
  dryBase: "dry_base",
  dryAllowedLength: "dry_allowed_length",
  dryLastTokens: "dry_penalty_last_n",
  xtcProbability: "xtc_probability",
  xtcThreshold: "xtc_threshold",
  alternatives: "top_logprobs",
  seed: "seed",
} as const satisfies Record<SamplingNumber, string>;

/** Limits and defaults by API name; a model's own defaults win over the table's. */
export function describeSampling(modelDefaults: Sampling): {
  [name: string]: { default?: number; min: number; max: number };
} {
  return Object.fromEntries(
    (Object.keys(samplingLimits) as SamplingNumber[]).map((key) => {
      const limits: { min: number; max: number; default?: number } = samplingLimits[key];
      const preset = modelDefaults[key] ?? limits.default;
      return [
        samplingNames[key],
        { ...(preset === undefined ? {} : { default: preset }), min: limits.min, max: limits.max },
      ];
    }),
  );
}
