import { describe, expect, it } from "vitest";
import { createGenerationFeed, type GenerationBatch } from "./createGenerationFeed.js";

function feedWithFrames() {
  const drawn: GenerationBatch[][] = [];
  let task: (() => void) | undefined;
  const feed = createGenerationFeed(
    (batches) => drawn.push(batches),
    (next) => {
      task = next;
      return () => {
        task = undefined;
      };
    },
  );
  const text = (seq: number, generationId = "g1"): GenerationBatch => ({
    generationId,
    events: [{ seq, type: "text", text: "x", tokenCount: 1 }],
  });
  return { feed, drawn, text, frame: () => task?.(), hasFrame: () => task !== undefined };
}

describe("createGenerationFeed", () => {
  it("draws the first text at once, with what waited before it", () => {
    const { feed, drawn, text, hasFrame } = feedWithFrames();
    const phase: GenerationBatch = {
      generationId: "g1",
      events: [{ seq: 1, type: "phase", phase: { phase: "answering" } }],
    };
    feed.push(phase);
    feed.push(text(2));
    expect(drawn).toEqual([[phase, text(2)]]);
    expect(hasFrame()).toBe(false);
  });

  it("draws later texts once per frame", () => {
    const { feed, drawn, text, frame } = feedWithFrames();
    for (const seq of [1, 2, 3, 4]) feed.push(text(seq));
    expect(drawn).toHaveLength(1);
    frame();
    expect(drawn[1]).toEqual([text(2), text(3), text(4)]);
    frame();
    expect(drawn).toHaveLength(2);
  });

  it("does not make one reply wait for the other's frame", () => {
    const { feed, drawn, text } = feedWithFrames();
    feed.push(text(1));
    feed.push(text(2));
    feed.push(text(1, "g2"));
    expect(drawn.at(-1)).toEqual([text(2), text(1, "g2")]);
  });
});
