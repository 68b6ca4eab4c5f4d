import type { Recorder } from "./Recorder.js";
import { untilQuiet } from "./untilQuiet.js";

/** One of the things that are compared. */
export interface Variant {
  name: string;
  /** Measures once. Rounds count from 0; round -1 is the warm-up, whose figures are dropped. */
  run(round: number): Promise<void>;
}

/**
 * Runs the variants side by side, round by round, each round beginning with another one: what changes on the machine in the
 * meantime hits all of them alike. Each waits until the one before is over (`settle`). The first round only warms up (`run(-1)`).
 * A variant that fails is left out from then on and the report says so; throws when none is left.
 */
export async function interleave(
  rounds: number,
  variants: readonly Variant[],
  recorder: Recorder,
  settle: () => Promise<void> = untilQuiet,
): Promise<void> {
  let left = [...variants];
  for (let round = -1; round < rounds; round++)
    for (let place = 0; place < variants.length; place++) {
      const variant = variants[(place + round + variants.length) % variants.length];
      if (variant === undefined || !left.includes(variant)) continue;
      await settle();
      try {
        await variant.run(round);
      } catch (error) {
        left = left.filter((other) => other !== variant);
        recorder.note(`${variant.name} broke off in round ${round + 1}: ${firstLine(error)}`);
        if (left.length === 0) throw error;
      }
    }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}
