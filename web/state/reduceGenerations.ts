import type { AppEvent } from "./AppEvent.js";
import type { AppState } from "./AppState.js";
import { applyGenerationEvent, emptyGeneration, type GenerationView } from "./applyGenerationEvent.js";
import { withSample } from "./speedSeries.js";

/** The followed generations. Entries of one that is not followed (any more) are dropped. */
export function reduceGenerations(state: AppState["generations"], event: AppEvent): AppState["generations"] {
  switch (event.type) {
    case "chatLeft":
      return {};
    case "generationFollowed":
      return state[event.generationId] ? state : { ...state, [event.generationId]: emptyGeneration };
    case "generationEvents": {
      let next = state;
      for (const { generationId, events, atMs } of event.batches) {
        const before = next[generationId];
        if (!before) continue;
        const after = sampled(before, events.reduce(applyGenerationEvent, before), atMs);
        if (after !== before) next = { ...next, [generationId]: after };
      }
      return next;
    }
    case "generationLost": {
      const view = state[event.generationId] ?? emptyGeneration;
      if (view.end) return state;
      return { ...state, [event.generationId]: { ...view, end: { stopReason: "error", error: event.error } } };
    }
    default:
      return state;
  }
}

function sampled(before: GenerationView, after: GenerationView, atMs: number | undefined): GenerationView {
  if (atMs === undefined || after.tokenCount <= before.tokenCount) return after;
  return { ...after, samples: withSample(before.samples, { atMs, tokenCount: after.tokenCount }) };
}
