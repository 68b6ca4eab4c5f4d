import { describe, expect, it } from "vitest";
import { localPrincipal } from "../access/Principal.js";
import { Generation } from "./Generation.js";
import { MemoryGenerationLog } from "./MemoryGenerationLog.js";

const begun = () => {
  const log = new MemoryGenerationLog();
  const generation = new Generation("one", "llama.7B", log, localPrincipal);
  generation.loading(0.5);
  return { log, generation };
};
const figures = {
  promptTokens: 3,
  cachedTokens: 0,
  generatedTokens: 2,
  contextTokens: 512,
  promptEvalMs: 1,
  generationMs: 2,
  tokensPerSecond: 1000,
  seed: 1,
};

describe("a reply that is stopped", () => {
  it("[GL5] ends at once while its model is being loaded", () => {
    const { log, generation } = begun();
    expect(generation.stop()).toBe(true);
    expect(log.ended).toBe(true);
    expect(log.read(0).at(-1)).toMatchObject({ type: "end", stopReason: "stopped" });
    expect(generation.stop()).toBe(false);
  });

  it("[GL4] [GL5] ends with the engine's figures once that has it, and once only", () => {
    const { log, generation } = begun();
    generation.handOver();
    generation.text("One", 2);
    expect(generation.stop()).toBe(true);
    expect(log.ended).toBe(false);
    generation.text(" day", 1);
    generation.done({ stopReason: "stopped", stats: figures });
    generation.end("stopped");
    const events = log.read(0);
    expect(events.filter(({ type }) => type === "end")).toMatchObject([{ stopReason: "stopped", stats: figures }]);
    expect(log.text).toBe("One");
  });
});
