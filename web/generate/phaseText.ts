import type { Phase } from "../../server/protocol/generation.js";
import { messages } from "../ui/messages.js";

/** What a generation does before its first token, in words. */
export function phaseText(phase: Phase | undefined): string {
  const words = messages.phase;
  switch (phase?.phase) {
    case "queued":
      return words.queued(phase.position);
    case "loading":
      return words.loading(phase.progress);
    case "summarising":
      return words.summarising(phase.tokenCount);
    case "reading":
      return words.reading(phase.evaluatedTokens, phase.promptTokens);
    case "answering":
      return words.answering;
    default:
      return words.starting;
  }
}
