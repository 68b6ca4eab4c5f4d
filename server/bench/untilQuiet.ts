import { OthersLoad } from "../workers/child/OthersLoad.js";

/** Long enough for the system's counters, which go by hundredths of a second. */
const windowMs = 100;
/** Cores' worth of time that a machine uses which has nothing to do. */
const quietCores = 0.15;
/** A machine that is never quiet is measured as it is; the report tells its load. */
const longestMs = 2_000;

interface Surroundings {
  load: { sample(): number };
  pause(ms: number): Promise<void>;
}

/**
 * Waits until what was measured before is really over. The threads of `llama-server` spin for about a tenth of a second after a reply,
 * waiting for more (`--poll`, ggml's `ggml_graph_compute_poll_for_work`), and whoever came next would pay for it.
 */
export async function untilQuiet({ load, pause }: Surroundings = thisMachine()): Promise<void> {
  for (let waitedMs = 0; waitedMs < longestMs; waitedMs += windowMs) {
    await pause(windowMs);
    if (load.sample() < quietCores) return;
  }
}

/** In place of `untilQuiet` where others are to use the cores all the time. */
export const shortPause = (): Promise<void> => pause(500);

const thisMachine = (): Surroundings => ({ load: new OthersLoad(), pause });

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
