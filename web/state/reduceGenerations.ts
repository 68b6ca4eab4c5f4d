import type { AppEvent } from "./AppEvent.js";
import type { AppState } from "./AppState.js";
import { applyGenerationEvent, emptyGeneration } from "./applyGenerationEvent.js";

/** The followed generations. Entries of one that is not followed (any more) are dropped. */
export function reduceGenerations(state: AppState["generations"], event: AppEvent): AppState["generations"] {
  switch (event.type) {
    case "chatLeft":
      return {};
    case "generationFollowed":
      return state[event.generationId] ? state : { ...state, [event.generationId]: emptyGeneration };
    case "generationEvents": {
      let next = state;
      for (const { generationId, events } of event.batches) {
        const before = next[generationId];
        if (!before) continue;
        const after = events.reduce(applyGenerationEvent, before);
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
