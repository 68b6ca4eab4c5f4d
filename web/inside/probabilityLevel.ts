export const probabilityLevels = ["likely", "fair", "unsure", "unlikely"] as const;
export type ProbabilityLevel = (typeof probabilityLevels)[number];

/** How sure the model was of a token, in four steps; `probability` is 0 to 1. */
export function probabilityLevel(probability: number): ProbabilityLevel {
  if (probability >= 0.8) return "likely";
  if (probability >= 0.5) return "fair";
  return probability >= 0.2 ? "unsure" : "unlikely";
}
