/** One of the things that are compared. */
export interface Variant {
  name: string;
  /** Measures once. Rounds count from 0; round -1 is the warm-up, whose figures are dropped. */
  run(round: number): Promise<void>;
}

/**
 * Runs the variants side by side, round by round, each round beginning with another one: what changes on the machine in the
 * meantime hits all of them alike. The first round only warms up (`run(-1)`).
 */
export async function interleave(rounds: number, variants: readonly Variant[]): Promise<void> {
  for (let round = -1; round < rounds; round++)
    for (let place = 0; place < variants.length; place++)
      await variants[(place + round + 1) % variants.length]?.run(round);
}
