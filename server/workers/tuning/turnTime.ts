import { median } from "./median.js";
import type { Speed } from "./Tuning.js";
import type { TrialSample } from "./TuningTrial.js";

/** Tokens of the turn by which settings are compared: a question of some length and a reply. */
const turn = { read: 256, write: 128 };

/** Milliseconds that the turn takes by which settings are compared. */
export function turnMs({ readPerSecond, writePerSecond }: Pick<Speed, "readPerSecond" | "writePerSecond">): number {
  return (turn.read / readPerSecond + turn.write / writePerSecond) * 1000;
}

/** As {@link turnMs}, of one sample. */
export function sampleTurnMs({ readMs, writeMs }: TrialSample): number {
  return turn.read * readMs + turn.write * writeMs;
}

/** The median of what the samples measured. */
export function toSpeed(samples: readonly TrialSample[], loadMs: number): Speed {
  return {
    readPerSecond: 1000 / median(samples.map(({ readMs }) => readMs)),
    writePerSecond: 1000 / median(samples.map(({ writeMs }) => writeMs)),
    loadMs,
  };
}
