import type { GenerationEvent } from "../../server/protocol/generation.js";

export interface GenerationBatch {
  generationId: string;
  events: readonly GenerationEvent[];
  /** When it came. */
  atMs?: number;
}

/** Runs `task` before the next paint, or soon in a tab that does not paint; returns how to call it off. */
export type FrameScheduler = (task: () => void) => () => void;

const hiddenTabMs = 250;

/** Hidden tabs get no frames, so a timer stands by. */
export const nextFrame: FrameScheduler = (task) => {
  const done = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    task();
  };
  const frame = requestAnimationFrame(done);
  const timer = setTimeout(done, hiddenTabMs);
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
};

/**
 * Gathers what the server streams so that the page is drawn at most once per frame. The first text of a generation does not wait:
 * it is what the reader is waiting for.
 */
export function createGenerationFeed(onBatches: (batches: GenerationBatch[]) => void, schedule = nextFrame) {
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
