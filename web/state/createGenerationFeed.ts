import type { GenerationEvent } from "../../server/protocol/generation.js";
import { pacedFrames } from "./pacedFrames.js";

export interface GenerationBatch {
  generationId: string;
  events: readonly GenerationEvent[];
  /** When it came. */
  atMs?: number;
}

/**
 * Gathers what the server streams so that the page is drawn at most once per frame, less often where drawing is slow. The first text of a generation does not wait:
 * it is what the reader is waiting for.
 */
export function createGenerationFeed(onBatches: (batches: GenerationBatch[]) => void, schedule = pacedFrames()) {
  let gathered: GenerationBatch[] = [];
  let scheduled = false;
  let cancel: (() => void) | undefined;
  const started = new Set<string>();

  const flush = () => {
    cancel?.();
    cancel = undefined;
    scheduled = false;
    const batches = gathered;
    gathered = [];
    if (batches.length > 0) onBatches(batches);
  };

  return {
    push(batch: GenerationBatch) {
      gathered.push(batch);
      const hasText = batch.events.some(({ type }) => type === "text" || type === "snapshot");
      const isFirst = hasText && !started.has(batch.generationId);
      if (hasText) started.add(batch.generationId);
      if (batch.events.some(({ type }) => type === "end")) started.delete(batch.generationId);
      if (isFirst) flush();
      else if (!scheduled) {
        scheduled = true;
        cancel = schedule(flush);
      }
    },
    flush,
  };
}
