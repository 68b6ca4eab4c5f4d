import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StopMatcher } from "./StopMatcher.js";

/** Feeds the pieces; returns the text that was shown and the stop string that ended it. */
function run(stops: string[], pieces: string[]): { shown: string; stop: string | undefined } {
  const matcher = new StopMatcher(stops);
  let shown = "";
  for (const piece of pieces) {
    const { text, stop } = matcher.push(piece);
    shown += text;
    if (stop !== undefined) return { shown, stop };
  }
  return { shown: shown + matcher.flush(), stop: undefined };
}

describe("StopMatcher", () => {
  it("shows nothing of a stop string that arrives in pieces", () => {
    expect(run(["### Human:"], ["Hello", " ##", "# Hum", "an: more"])).toEqual({ shown: "Hello ", stop: "### Human:" });
  });

  it("gives back what only looked like a stop string", () => {
    expect(run(["### Human:"], ["a ###", " b"])).toEqual({ shown: "a ### b", stop: undefined });
  });

  it("ends at the earliest of several", () => {
    expect(run(["world", "lo"], ["hel", "lo world"])).toEqual({ shown: "hel", stop: "lo" });
  });

  it("finds a stop string that begins inside a false start", () => {
    expect(run(["aab"], ["a", "a", "a", "b"])).toEqual({ shown: "a", stop: "aab" });
  });

  it("holds back nothing when there are no stop strings", () => {
    expect(new StopMatcher([""]).push("abc")).toEqual({ text: "abc" });
  });

  it("cuts exactly at the first stop string however the text is split", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", " "), maxLength: 24 });
    fc.assert(
      fc.property(
        fc.array(letters, { maxLength: 8 }),
        fc.array(
          letters.filter((text) => text !== ""),
          { maxLength: 3 },
        ),
        (pieces, stops) => {
          const whole = pieces.join("");
          const { shown, stop } = run(stops, pieces);
          const hits = stops.map((candidate) => whole.indexOf(candidate)).filter((index) => index >= 0);
          if (stop === undefined) {
            expect(hits).toEqual([]);
            expect(shown).toBe(whole);
          } else {
            // A shorter stop string that ends earlier may win over a longer one that begins earlier but is not whole yet.
            expect(whole.startsWith(shown + stop)).toBe(true);
          }
        },
      ),
    );
  });
});
