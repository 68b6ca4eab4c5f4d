import { describe, expect, it } from "vitest";
import type { GenerationEvent } from "../../server/protocol/generation.js";
import { applyGenerationEvent, emptyGeneration } from "./applyGenerationEvent.js";

const log: GenerationEvent[] = [
  { seq: 1, type: "phase", phase: { phase: "reading", evaluatedTokens: 0, promptTokens: 9 } },
  { seq: 2, type: "text", text: "Once ", tokenCount: 1 },
  { seq: 3, type: "text", text: "upon", tokenCount: 2 },
  { seq: 4, type: "end", stopReason: "end" },
];
const read = (events: GenerationEvent[], from = emptyGeneration) => events.reduce(applyGenerationEvent, from);

describe("applyGenerationEvent", () => {
  it("builds the text, counts tokens and notes the end", () => {
    expect(read(log)).toMatchObject({ seq: 4, text: "Once upon", tokenCount: 3, end: { stopReason: "end" } });
  });

  it("ends with the same view wherever the connection was cut and whatever comes twice", () => {
    for (let cut = 0; cut <= log.length; cut++) {
      for (let from = 0; from <= cut; from++) {
        expect(read(log.slice(from), read(log.slice(0, cut)))).toEqual(read(log));
      }
    }
  });

  it("lets a snapshot stand for everything before it", () => {
    const late = read([{ seq: 3, type: "snapshot", text: "Once upon", tokenCount: 3 }, ...log]);
    expect(late).toMatchObject({ seq: 4, text: "Once upon", tokenCount: 3, phase: { phase: "answering" } });
  });

  it("does not call an empty snapshot answering", () => {
    const phase = { phase: "queued", position: 2 } as const;
    const view = read([
      { seq: 1, type: "phase", phase },
      { seq: 2, type: "snapshot", text: "", tokenCount: 0 },
    ]);
    expect(view.phase).toEqual(phase);
  });
});
