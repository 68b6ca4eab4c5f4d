import { describe, expect, it } from "vitest";
import type { WorkerMessage } from "./messages.js";
import { readWorkerMessage } from "./readWorkerMessage.js";

const stats = {
  promptTokens: 1,
  cachedTokens: 0,
  generatedTokens: 1,
  contextTokens: 512,
  promptEvalMs: 1.5,
  generationMs: 0,
  tokensPerSecond: 0,
  seed: 1,
};

describe("readWorkerMessage", () => {
  it.each<WorkerMessage>([
    { type: "loading", progress: 0.5 },
    { type: "ready", info: { contextTokens: 512, sequences: 4, threads: 1, hasTemplate: false, gpu: false } },
    { type: "loadFailed", error: { code: "model_load_failed", message: "no" } },
    { type: "draftFailed", reason: "no" },
    { type: "queued", id: "a", position: 1 },
    { type: "reading", id: "a", evaluatedTokens: 0, promptTokens: 5 },
    { type: "text", id: "a", text: "", tokenCount: 0 },
    { type: "done", id: "a", stopReason: "end", stats },
    { type: "failed", id: "a", error: { code: "generation_failed", message: "no" } },
    { type: "counted", id: "a", promptTokens: 5 },
    {
      type: "figures",
      id: "a",
      figures: {
        threads: 2,
        residentBytes: 1e9,
        lanes: [{ generationId: "b", heldTokens: 7 }, { heldTokens: 0 }],
        waiting: 0,
        batches: [{ sequences: 1, count: 9 }],
      },
    },
  ])("takes $type as it is", (message) => {
    expect(readWorkerMessage(message)).toBe(message);
  });

  describe("takes nothing else", () => {
    it.each<[unknown]>([
      [null],
      [undefined],
      [42],
      ["text"],
      [[]],
      [{}],
      [{ type: "nonsense" }],
      [{ type: "__proto__" }],
      [{ type: ["text"] }],
      [{ type: "text" }],
      [{ type: "text", id: "a", text: 5, tokenCount: 1 }],
      [{ type: "text", id: "a", text: "x" }],
      [{ type: "text", id: 1, text: "x", tokenCount: 1 }],
      [{ type: "reading", id: "a", evaluatedTokens: null, promptTokens: 1 }],
      [{ type: "loading", progress: "half" }],
      [{ type: "ready" }],
      [{ type: "done", id: "a", stopReason: "error", stats }],
      [{ type: "done", id: "a", stopReason: "end", stats: { ...stats, tokensPerSecond: null } }],
      [{ type: "failed", id: "a", error: null }],
      [{ type: "counted", id: "a", promptTokens: -1 }],
    ])("%j", (message) => {
      expect(readWorkerMessage(message)).toBeUndefined();
    });
  });
});
