import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { EmbeddingSlices } from "../workers/child/EmbeddingSlices.js";
import { Engine } from "../workers/child/engine.js";
import { SliceSizes, sharedTargetMs } from "../workers/child/SliceSizes.js";
import { installRandomModel, randomModelPath } from "./installRandomModel.js";
import { temporaryHome } from "./TestServer.js";

let home: Awaited<ReturnType<typeof temporaryHome>>;
let engine: Engine;
beforeAll(async () => {
  home = await temporaryHome();
  await installRandomModel(home.path);
  const options = { contextTokens: 2048, sequences: 1, threads: 1, maxThreads: 1, gpu: "off" } as const;
  engine = await Engine.load({ modelPath: randomModelPath(home.path), ...options }, {});
});
afterAll(async () => {
  await engine.close();
  await home.remove();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const text = () => engine.tokenize([{ text: "the cat sat on the mat and ".repeat(60), special: false }]);
const always = new AbortController().signal;

describe("a text that is embedded", () => {
  it("is read in slices, of which each is short while a reply is written", async () => {
    const next = vi.spyOn(SliceSizes.prototype, "next");
    const tokens = text();
    const { promptTokens } = await engine.embed(tokens, false, always);
    expect(promptTokens).toBeGreaterThan(512);
    const left = next.mock.calls.map(([count]) => count);
    expect(left[0]).toBe(promptTokens);
    // One batch would hold 512.
    expect(left.length).toBeGreaterThan(2);
    expect(next.mock.calls.every(([, , targetMs]) => targetMs === undefined)).toBe(true);

    next.mockClear();
    const leave = engine.batcher.enterDecoding();
    await engine.embed(tokens, false, always);
    leave();
    expect(next.mock.calls.every(([, , targetMs]) => targetMs === sharedTargetMs)).toBe(true);
  });

  it("has the same vector however it is cut", async () => {
    const tokens = text();
    const embedIn = async (size: number) => {
      vi.spyOn(SliceSizes.prototype, "next").mockReturnValue(size);
      return (await engine.embed(tokens, false, always)).vector;
    };
    const [whole, cut] = [await embedIn(512), await embedIn(64)];
    const cosine = whole.reduce((sum, value, index) => sum + value * (cut[index] ?? 0), 0);
    expect(cosine).toBeGreaterThan(0.999);
  });

  it("is left in the middle when nobody waits for it any more, and the next one is embedded", async () => {
    const tokens = text();
    const { vector } = await engine.embed(tokens, false, always);
    const gone = new AbortController();
    const next = vi.spyOn(SliceSizes.prototype, "next").mockImplementation(() => {
      if (next.mock.calls.length === 2) gone.abort(new Error("gone"));
      return 64;
    });
    const [first, second] = await Promise.allSettled([
      engine.embed(tokens, false, gone.signal),
      engine.embed(tokens, false, gone.signal),
    ]);
    expect(first).toMatchObject({ status: "rejected", reason: { message: "gone" } });
    // It waited for the first one and was not even begun.
    expect(second).toMatchObject({ status: "rejected", reason: { message: "gone" } });
    expect(next).toHaveBeenCalledTimes(2);
    next.mockReturnValue(512);
    const again = (await engine.embed(tokens, false, always)).vector;
    expect(again.reduce((sum, value, index) => sum + value * (vector[index] ?? 0), 0)).toBeGreaterThan(0.999);
  });
});

describe("EmbeddingSlices", () => {
  const contextWith = (strategy: unknown) => ({
    _llamaContext: { _batchingOptions: { itemPrioritizationStrategy: strategy } },
  });

  it.each([
    ["no pooling", {}, true],
    ["the last token's vector", { pooling: 3, causal: true }, true],
    ["a mean of all", { pooling: 1 }, false],
    ["the first token's", { pooling: 2 }, false],
    ["a rank", { pooling: 4 }, false],
    ["a model that looks both ways", { causal: false }, false],
  ])("cuts texts for %s", (_name, kind, cuts) => {
    const slices = new EmbeddingSlices(512, () => false);
    const context = contextWith("usual");
    slices.apply(context, kind);
    const { itemPrioritizationStrategy } = context._llamaContext._batchingOptions;
    expect(itemPrioritizationStrategy).toBe(cuts ? slices.strategy : "usual");
  });

  it("leaves alone an engine that keeps its options elsewhere", () => {
    const context = { inside: {} };
    new EmbeddingSlices(512, () => false).apply(context, {});
    expect(context).toEqual({ inside: {} });
  });
});
