import { randomInt } from "node:crypto";
import { type FullSampling, type Sampling, samplingLimits } from "../protocol/sampling.js";

/** Fills in what the request leaves out: the model's own defaults first, then the table's; the seed is random. */
export function resolveSampling(requested: Sampling = {}, modelDefaults: Sampling = {}): FullSampling {
  const pick = <Key extends keyof Sampling>(
    key: Key,
    fallback: NonNullable<Sampling[Key]>,
  ): NonNullable<Sampling[Key]> => requested[key] ?? modelDefaults[key] ?? fallback;
  return {
    temperature: pick("temperature", samplingLimits.temperature.default),
    topK: pick("topK", samplingLimits.topK.default),
    topP: pick("topP", samplingLimits.topP.default),
    minP: pick("minP", samplingLimits.minP.default),
    repeatPenalty: pick("repeatPenalty", samplingLimits.repeatPenalty.default),
    repeatLastTokens: pick("repeatLastTokens", samplingLimits.repeatLastTokens.default),
    presencePenalty: pick("presencePenalty", samplingLimits.presencePenalty.default),
    frequencyPenalty: pick("frequencyPenalty", samplingLimits.frequencyPenalty.default),
    maxTokens: pick("maxTokens", samplingLimits.maxTokens.default),
    seed: pick("seed", randomInt(samplingLimits.seed.max)),
    stop: pick("stop", []),
    ignoreEos: pick("ignoreEos", false),
  };
}
