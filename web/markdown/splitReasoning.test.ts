import { describe, expect, it } from "vitest";
import { splitReasoning } from "./splitReasoning.js";

describe("splitReasoning", () => {
  it("takes thoughts and answer apart", () => {
    expect(splitReasoning("<think>\nHm. <b>\n</think>\n\nYes.", false)).toEqual({
      reasoning: "Hm. <b>",
      thinking: false,
      answer: "Yes.",
    });
  });

  it("leaves a reply without thoughts alone, and marks in its middle too", () => {
    for (const text of ["Yes.", "I <think>so</think>.", "<thinner>"]) {
      expect(splitReasoning(text, false)).toEqual({ reasoning: undefined, thinking: false, answer: text });
    }
  });

  it("shows nothing of empty thoughts", () => {
    expect(splitReasoning("<think>\n\n</think>\n\nYes.", false).reasoning).toBeUndefined();
  });

  it("never shows a piece of a mark, wherever a growing text is cut", () => {
    const text = "<think>\nHm, <i>.\n</think>\nYes.";
    for (let length = 0; length <= text.length; length++) {
      const { reasoning, answer } = splitReasoning(text.slice(0, length), true);
      expect("Hm, <i>.".startsWith(reasoning ?? "")).toBe(true);
      expect("Yes.".startsWith(answer)).toBe(true);
    }
  });

  it("keeps thoughts that were cut off", () => {
    expect(splitReasoning("<think>Hm", false)).toEqual({ reasoning: "Hm", thinking: false, answer: "" });
    expect(splitReasoning("<think>Hm", true).thinking).toBe(true);
  });
});
