import { describe, expect, it } from "vitest";
import { type CompletionEvent, reduceCompletion, startCompletion } from "./reduceCompletion.js";

const stateAfter = (text: string, ...events: CompletionEvent[]) =>
  events.reduce(reduceCompletion, startCompletion({ text, generated: [] }));
/** What the model wrote. */
const written = ({ text, generated }: ReturnType<typeof stateAfter>) =>
  generated.map(({ start, end }) => text.slice(start, end));
const generation = (at: number, ...texts: string[]): CompletionEvent[] => [
  { type: "generationBegun", at },
  ...texts.map((text) => ({ type: "generationGrew" as const, text })),
  { type: "generationEnded" },
];

describe("what the model writes", () => {
  it("stands where the cursor was, and is marked", () => {
    const state = stateAfter("Once , the end.", ...generation(5, "upon", "upon a time"));
    expect(state.text).toBe("Once upon a time, the end.");
    expect(written(state)).toEqual(["upon a time"]);
  });

  it("stays marked when something is typed around it, but not what is typed into it", () => {
    const state = stateAfter("A C", ...generation(2, "B"));
    expect(written(reduceCompletion(state, { type: "edited", text: "x A BC" }))).toEqual(["B"]);
    const long = stateAfter("", ...generation(0, "one two"));
    expect(written(reduceCompletion(long, { type: "edited", text: "one and two" }))).toEqual(["one ", "two"]);
    expect(written(reduceCompletion(long, { type: "edited", text: "one" }))).toEqual(["one"]);
    expect(written(reduceCompletion(long, { type: "edited", text: "" }))).toEqual([]);
  });

  it("cannot be edited while it comes", () => {
    const running = stateAfter("A", { type: "generationBegun", at: 1 });
    expect(reduceCompletion(running, { type: "edited", text: "B" })).toBe(running);
    expect(reduceCompletion(running, { type: "undone" })).toBe(running);
  });
});

describe("undo", () => {
  it("takes back a generation as a whole, and redo brings it back", () => {
    const state = stateAfter("A", ...generation(1, " b", " b c"), ...generation(5, " d"));
    const once = reduceCompletion(state, { type: "undone" });
    expect([once.text, written(once)]).toEqual(["A b c", [" b c"]]);
    const twice = reduceCompletion(once, { type: "undone" });
    expect([twice.text, twice.past.length]).toEqual(["A", 0]);
    const redone = reduceCompletion(reduceCompletion(twice, { type: "redone" }), { type: "redone" });
    expect([redone.text, written(redone)]).toEqual(["A b c d", [" b c d"]]);
  });

  it("takes back what was typed between two generations as one step", () => {
    const state = stateAfter(
      "A",
      ...generation(1, "B"),
      { type: "edited", text: "ABx" },
      { type: "edited", text: "ABxy" },
    );
    expect(reduceCompletion(state, { type: "undone" }).text).toBe("AB");
  });

  it("has no step for a generation without a word", () => {
    expect(stateAfter("A", ...generation(1)).past).toEqual([]);
  });
});
