import { z } from "zod";
import { samplingLimits } from "../protocol/samplingLimits.js";

/**
 * A seed as other servers take it: programs give the time in milliseconds, or negative numbers. Beyond 2^53 JSON readers round it, so that
 * two seeds would be one.
 */
export const seedSchema = z
  .int({ error: `it has to be a whole number from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}` })
  .describe("The same seed gives the same text; -1: a random one; of larger numbers the last 32 bits count");

/** The seed that the engine gets; `undefined`: a random one. */
export function foldSeed(seed: number | null | undefined): number | undefined {
  if (seed === null || seed === undefined || seed === -1) return undefined;
  const count = samplingLimits.seed.max + 1;
  return ((seed % count) + count) % count;
}
