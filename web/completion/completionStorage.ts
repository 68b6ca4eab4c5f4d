import type { CompletionText, TextRange } from "./reduceCompletion.js";

const storageKey = "cria.completion";

/** The text that stood in the editor last; an empty one when there is none, or none that can be read. */
export function readCompletion(): CompletionText {
  try {
    const stored: unknown = JSON.parse(window.localStorage.getItem(storageKey) ?? "");
    if (typeof stored !== "object" || stored === null || !("text" in stored) || !("generated" in stored)) return empty;
    const { text, generated } = stored;
    if (typeof text !== "string" || !Array.isArray(generated)) return empty;
    return { text, generated: generated.filter((range) => isRange(range, text.length)) };
  } catch {
    return empty;
  }
}

export function writeCompletion({ text, generated }: CompletionText): void {
  try {
    window.localStorage.setItem(storageKey, JSON.stringify({ text, generated }));
  } catch {
    // It lasts until the page is closed.
  }
}

const empty: CompletionText = { text: "", generated: [] };

function isRange(range: unknown, length: number): range is TextRange {
  if (typeof range !== "object" || range === null || !("start" in range) || !("end" in range)) return false;
  const { start, end } = range;
  return typeof start === "number" && typeof end === "number" && start >= 0 && start < end && end <= length;
}
