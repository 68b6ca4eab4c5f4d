import type { ReadableLog } from "./GenerationLog.js";
import type { GenerationRequest, GenerationService } from "./GenerationService.js";

/** A generation that can be read, wherever it is made. */
export interface ReadableGeneration {
  readonly id: string;
  readonly log: ReadableLog;
}

/**
 * Generations by their ids, with their owners checked ([T6]): those of this process, or with several nodes those of all of them.
 */
export interface GenerationDirectory {
  /** Starts it here; the id of the one that runs already for a request that comes again. Throws as {@link GenerationService.start}. */
  start(request: GenerationRequest): Promise<string>;
  /** Throws `generation_not_found`, also for one that somebody else owns. */
  find(id: string, owner: string): Promise<ReadableGeneration>;
  /** False when it had ended already. Throws as {@link find}. */
  stop(id: string, owner: string): Promise<boolean>;
}

/** Those of this process alone. */
export function localGenerations(generations: GenerationService): GenerationDirectory {
  return {
    start: (request) => Promise.resolve(generations.start(request).id),
    find: (id, owner) => Promise.resolve(generations.get(id, owner)),
    stop: (id, owner) => Promise.resolve(generations.get(id, owner).stop()),
  };
}
