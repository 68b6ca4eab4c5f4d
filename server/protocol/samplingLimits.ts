/** Limits and defaults of every sampling parameter: the one table that the page, the APIs and the docs read. */
export const samplingLimits = {
  temperature: { min: 0, max: 5, default: 0.8 },
  topK: { min: 0, max: 100_000, default: 40 },
  topP: { min: 0, max: 1, default: 0.95 },
  minP: { min: 0, max: 1, default: 0.05 },
  repeatPenalty: { min: 0.01, max: 10, default: 1.1 },
  repeatLastTokens: { min: 0, max: 4096, default: 64 },
  presencePenalty: { min: -2, max: 2, default: 0 },
  frequencyPenalty: { min: -2, max: 2, default: 0 },
  maxTokens: { min: 1, max: 1_000_000, default: 1024 },
  dryMultiplier: { min: 0, max: 5, default: 0 },
  dryBase: { min: 1, max: 10, default: 1.75 },
  dryAllowedLength: { min: 1, max: 1000, default: 2 },
  dryLastTokens: { min: -1, max: 1_000_000, default: -1 },
  xtcProbability: { min: 0, max: 1, default: 0 },
  xtcThreshold: { min: 0, max: 1, default: 0.1 },
  alternatives: { min: 0, max: 20 },
  seed: { min: 0, max: 0xffff_ffff },
} as const;

/** Stop strings: how many and how long each may be, in UTF-16 units. */
export const stopLimits = { count: 16, length: 256 } as const;
