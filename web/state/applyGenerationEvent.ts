import type {
  GenerationEvent,
  GenerationStats,
  Phase,
  StopReason,
  TokenDetail,
} from "../../server/protocol/generation.js";
import type { PageError } from "../connection/PageError.js";
import { type InsideSpan, insideSpans } from "./insideSpans.js";
import type { SpeedSample } from "./speedSeries.js";

/** How a generation ended. */
export interface GenerationEnd {
  stopReason: StopReason;
  stats?: GenerationStats | undefined;
  error?: PageError | undefined;
}

/** What a reader of a generation's log knows after the entry `seq`. */
export interface GenerationView {
  /** The cursor: everything up to this entry has been applied. */
  seq: number;
  phase: Phase | undefined;
  text: string;
  tokenCount: number;
  /** The text by tokens, where they were asked for; empty otherwise. */
  inside: readonly InsideSpan[];
  /** When which part of it came, as the page saw it. */
  samples: readonly SpeedSample[];
  end: GenerationEnd | undefined;
}

export const emptyGeneration: GenerationView = {
  seq: 0,
  phase: undefined,
  text: "",
  tokenCount: 0,
  inside: [],
  samples: [],
  end: undefined,
};

/**
 * Applies one entry of the log. What comes again after a reconnect (`seq` up to the cursor) changes nothing; a snapshot stands for
 * everything before it and replaces the text.
 */
export function applyGenerationEvent(view: GenerationView, event: GenerationEvent): GenerationView {
  if (event.seq <= view.seq) return view;
  const { seq } = event;
  switch (event.type) {
    case "phase":
      return { ...view, seq, phase: event.phase };
    case "text":
      return {
        ...view,
        seq,
        phase: { phase: "answering" },
        text: view.text + event.text,
        tokenCount: view.tokenCount + event.tokenCount,
        inside: insideAfter(view, event),
      };
    case "snapshot":
      return {
        ...view,
        seq,
        phase: event.text === "" ? view.phase : { phase: "answering" },
        text: event.text,
        tokenCount: event.tokenCount,
        inside: [],
      };
    case "end":
      return { ...view, seq, end: { stopReason: event.stopReason, stats: event.stats, error: event.error } };
  }
}

/** Text that came before the first known token is a span without one. */
function insideAfter(view: GenerationView, { text, tokens }: { text: string; tokens?: TokenDetail[] | undefined }) {
  if (tokens === undefined && view.inside.length === 0) return view.inside;
  const before = view.inside.length === 0 ? insideSpans(view.text) : view.inside;
  return [...before, ...insideSpans(text, tokens)];
}
