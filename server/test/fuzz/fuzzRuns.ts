import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Parameters } from "fast-check";

const isLong = process.env.CRIA_FUZZ === "long";
const seed = Number(process.env.CRIA_FUZZ_SEED ?? 7);

/**
 * How often a property is tried: a few seconds' worth among the tests, as often as docs/security.md promises with `npm run fuzz`.
 * What fails is shrunk and printed with its seed and path. CRIA_FUZZ_SEED chooses other inputs.
 */
export function fuzzRuns<T>(brief: number, long: number): Parameters<T> {
  return { numRuns: isLong ? long : brief, seed };
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** What this process holds after everything that is not needed was given back, in bytes. */
export function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
