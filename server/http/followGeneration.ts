import type { Generation } from "../chat/Generation.js";
import type { GenerationEvent } from "../protocol/generation.js";

/**
 * Calls `onEvent` for every entry of the generation's log from its beginning, in order, none left out, at once when it is
 * written; ends by itself after the `end` entry.
 */
export function followGeneration(generation: Generation, onEvent: (event: GenerationEvent) => void): void {
  const { log } = generation;
  let cursor = 0;
  const pump = () => {
    for (const event of log.read(cursor)) {
      cursor = event.seq;
      if (event.type === "end") unsubscribe();
      onEvent(event);
    }
  };
  const unsubscribe = log.subscribe(pump);
  pump();
}
