import { usableCores } from "../../platform/freeCores.js";
import type { LoadOptions } from "../messages.js";
import type { BatchObservation } from "./Batcher.js";
import { OthersLoad } from "./OthersLoad.js";
import { ThreadGovernor } from "./ThreadGovernor.js";

/** How often the system's own figures are looked at while there is work. */
const lookEveryMs = 250;

/** Wires the governor to the engine: batches go in, thread counts come out. Looks are taken only while batches come. */
export function governThreads(
  options: LoadOptions,
  setThreads: (threads: number) => void,
): { observe(observation: BatchObservation): void } {
  const governor = new ThreadGovernor({ max: options.maxThreads, initial: options.threads, cores: usableCores() });
  let load: OthersLoad | undefined;
  let lookedMs = 0;
  let applied = governor.threads;
  return {
    observe: ({ decoding, promptTokens, ms }) => {
      const nowMs = performance.now();
      if (decoding > 0 && promptTokens === 0) governor.step(decoding, ms, nowMs);
      // After a pause the counters cover a time in which this process did nothing: start afresh.
      if (load === undefined || nowMs - lookedMs > 4 * lookEveryMs) {
        load = new OthersLoad();
        lookedMs = nowMs;
      } else if (nowMs - lookedMs >= lookEveryMs) {
        governor.look(load.sample(), nowMs);
        lookedMs = nowMs;
      }
      if (governor.threads === applied) return;
      applied = governor.threads;
      setThreads(applied);
    },
  };
}
