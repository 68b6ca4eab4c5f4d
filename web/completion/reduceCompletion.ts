/** A part of the text, from `start` up to but not including `end`, in UTF-16 units. */
export interface TextRange {
  start: number;
  end: number;
}

/** A text and which parts of it the model wrote, in order. */
export interface CompletionText {
  text: string;
  generated: readonly TextRange[];
}

export interface CompletionState extends CompletionText {
  past: readonly CompletionText[];
  future: readonly CompletionText[];
  /** Set while the model writes: where, and the text it began with. */
  run: { at: number; before: CompletionText; length: number } | undefined;
  /** The last change was typed: more typing belongs to the same step. */
  typing: boolean;
}

export type CompletionEvent =
  | { type: "edited"; text: string }
  /** As edited, but a step of its own: not what was typed before it, nor what is typed after. */
  | { type: "inserted"; text: string }
  | { type: "generationBegun"; at: number }
  | { type: "generationGrew"; text: string }
  | { type: "generationEnded" }
  | { type: "undone" }
  | { type: "redone" };

const maxSteps = 100;

export function startCompletion({ text, generated }: CompletionText): CompletionState {
  return { text, generated, past: [], future: [], run: undefined, typing: false };
}

/** The editor for completion. Each generation is one step to undo, and so is what was typed between two of them. */
export function reduceCompletion(state: CompletionState, event: CompletionEvent): CompletionState {
  const { text, generated, past, future, run } = state;
  const now: CompletionText = { text, generated };
  const stepped = () => [...past, now].slice(-maxSteps);
  switch (event.type) {
    case "edited": {
      if (run || event.text === text) return state;
      const after = { text: event.text, generated: rangesAfterEdit(now, event.text) };
      return { ...state, ...after, past: state.typing ? past : stepped(), future: [], typing: true };
    }
    case "inserted": {
      if (run || event.text === text) return state;
      const generatedAfter = rangesAfterEdit(now, event.text);
      return { ...state, text: event.text, generated: generatedAfter, past: stepped(), future: [], typing: false };
    }
    case "generationBegun":
      if (run) return state;
      return { ...state, run: { at: event.at, before: now, length: 0 }, past: stepped(), future: [], typing: false };
    case "generationGrew":
      if (!run) return state;
      return {
        ...state,
        ...insertGenerated(run.before, run.at, event.text),
        run: { ...run, length: event.text.length },
      };
    case "generationEnded":
      if (!run) return state;
      return { ...state, run: undefined, past: run.length === 0 ? past.slice(0, -1) : past };
    case "undone": {
      const before = past.at(-1);
      if (run || !before) return state;
      return { ...state, ...before, past: past.slice(0, -1), future: [...future, now], typing: false };
    }
    case "redone": {
      const after = future.at(-1);
      if (run || !after) return state;
      return { ...state, ...after, past: [...past, now], future: future.slice(0, -1), typing: false };
    }
  }
}

function insertGenerated({ text, generated }: CompletionText, at: number, added: string): CompletionText {
  const ranges = moveRanges(generated, at, at, added.length);
  if (added !== "") ranges.push({ start: at, end: at + added.length });
  return { text: text.slice(0, at) + added + text.slice(at), generated: joinRanges(ranges) };
}

/** What the model wrote stays marked; what was typed into it is not. */
function rangesAfterEdit({ text, generated }: CompletionText, after: string): TextRange[] {
  const shorter = Math.min(text.length, after.length);
  let start = 0;
  while (start < shorter && text[start] === after[start]) start++;
  let kept = 0;
  while (kept < shorter - start && text[text.length - 1 - kept] === after[after.length - 1 - kept]) kept++;
  return joinRanges(moveRanges(generated, start, text.length - kept, after.length - kept - start));
}

/** The ranges when [`start`, `end`) is replaced by `length` units. */
function moveRanges(ranges: readonly TextRange[], start: number, end: number, length: number): TextRange[] {
  const shift = length - (end - start);
  return ranges
    .flatMap((range) => [
      { start: range.start, end: Math.min(range.end, start) },
      { start: Math.max(range.start, end) + shift, end: range.end + shift },
    ])
    .filter((range) => range.end > range.start);
}

function joinRanges(ranges: readonly TextRange[]): TextRange[] {
  const joined: TextRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last && range.start <= last.end) last.end = Math.max(last.end, range.end);
    else joined.push({ ...range });
  }
  return joined;
}
