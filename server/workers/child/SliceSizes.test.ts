import { describe, expect, it } from "vitest";
import { type ReadingPace, SliceSizes } from "./SliceSizes.js";

const batch = 512;

/** Reads a prompt of so many tokens; `perTokenMs` says what one costs in a slice of that size behind so many others. */
function read(
  promptTokens: number,
  perTokenMs: (slice: number, before: number) => number,
  { decoding = 0, pace = {} }: { decoding?: number; pace?: ReadingPace } = {},
): { slices: number[]; last: number; ms: number[] } {
  const sizes = new SliceSizes(pace, batch);
  const slices: number[] = [];
  const ms: number[] = [];
  for (let from = 0; ; ) {
    const size = sizes.next(promptTokens - from, decoding);
    if (from + size === promptTokens) return { slices, last: size, ms };
    const tookMs = size * perTokenMs(size, from);
    sizes.took(size, tookMs);
    slices.push(size);
    ms.push(tookMs);
    from += size;
  }
}
/** As measured with 110M parameters: dearer with depth, and far more so for less than a tile. */
const tiled = (slice: number, before: number) => (slice < 64 ? 0.5 + before * 0.0011 : 0.5 + before * 0.0003);

describe("SliceSizes", () => {
  it("begins with what does not fill a tile, and goes on in whole ones to the end", () => {
    const { slices, last } = read(2029, tiled);
    expect(slices[0]).toBe(2029 % 64);
    for (const size of [...slices.slice(1), last]) expect(size % 64).toBe(0);
  });

  it("reads it along with the first whole tile where that takes no longer than a slice should", () => {
    const pace = { tileMs: 0.7, latestMs: 0.7 };
    expect(read(64 * 4 + 40, tiled, { pace: { ...pace } }).slices[0]).toBe(104);
    expect(read(64 + 40, tiled, { pace: { ...pace } })).toMatchObject({ slices: [], last: 104 });
    expect(read(64 * 4 + 40, tiled, { pace: { tileMs: 4, latestMs: 4 } }).slices[0]).toBe(40);
  });

  it("never reads a single token by itself", () => {
    const { slices, last } = read(64 * 5 + 1, tiled, { pace: { tileMs: 2, latestMs: 2 } });
    expect(slices[0]).toBe(65);
    for (const size of [...slices.slice(1), last]) expect(size % 64).toBe(0);
    expect(read(65, tiled)).toMatchObject({ slices: [], last: 65 });
  });

  it("reads what is short in one go, with the first token", () => {
    expect(read(21, tiled)).toMatchObject({ slices: [], last: 21 });
    expect(read(64, tiled)).toMatchObject({ slices: [], last: 64 });
  });

  it("takes as many tiles as the time allows, and never more than a batch", () => {
    const { slices } = read(8000, () => 0.2, { pace: { tileMs: 0.2, latestMs: 0.2 } });
    expect(Math.max(...slices)).toBe(512);
    const slow = read(8000, () => 2, { pace: { tileMs: 2, latestMs: 2 } });
    expect(Math.max(...slow.slices)).toBe(192);
  });

  it("beside others fills tiles behind the token that is computed with theirs", () => {
    const { slices, ms } = read(8000, tiled, { decoding: 4, pace: { tileMs: 0.5, latestMs: 0.5 } });
    // One is tried with fewer tokens when a tile begins to take longer than it should.
    expect(slices.filter((size) => size % 64 !== 1).length).toBeLessThanOrEqual(1);
    expect(Math.max(...slices)).toBeLessThanOrEqual(batch - 4);
    const usual = ms.toSorted((a, b) => a - b)[ms.length >> 1] ?? 0;
    expect(Math.max(...ms)).toBeLessThanOrEqual(2 * usual);
  });

  it("reads an end that fills no tile in parts where others would wait for more than a slice", () => {
    // Behind 8,000 tokens one of less than a tile takes three times as long as one of a tile.
    const pace = () => ({ tileMs: 0.5, latestMs: 0.5 });
    for (let over = 1; over < 64; over++) {
      const { slices, ms, last } = read(8000 + over, tiled, { decoding: 4, pace: pace() });
      const usual = ms.toSorted((a, b) => a - b)[ms.length >> 1] ?? 0;
      expect(Math.max(...ms, last * tiled(last, 8000)), `${over}: ${slices.at(-1)}, ${last}`).toBeLessThan(2 * usual);
    }
  });

  it("reads a short prompt in one go beside others, too", () => {
    expect(read(40, tiled, { decoding: 4, pace: { tileMs: 0.5, latestMs: 0.5 } })).toMatchObject({ last: 40 });
  });

  it("takes few tokens where a tile would make others wait, as long as they cost no more each", () => {
    const heavy = () => 30;
    const { slices } = read(500, heavy, { decoding: 2, pace: { tileMs: 30, latestMs: 30 } });
    expect(new Set(slices)).toEqual(new Set([17]));
  });

  it("changes to whole tiles for good where fewer tokens have become dear", () => {
    const heavy = (slice: number, before: number) => (slice < 64 ? 4 + before * 0.05 : 4);
    const { slices } = read(2000, heavy, { decoding: 1, pace: { tileMs: 4, latestMs: 4 } });
    const change = slices.indexOf(65);
    expect(change).toBeGreaterThan(0);
    // What is left at the end fills no tile.
    const whole = slices.slice(change).filter((_, index, all) => index < all.length - 2);
    expect(new Set(whole)).toEqual(new Set([65]));
  });

  it("makes nobody wait for a first slice of a model that it does not know", () => {
    expect(read(500, () => 30, { decoding: 1 }).slices[0]).toBe(17);
  });

  it("learns from prompts that are read in one go, too", () => {
    const pace: ReadingPace = {};
    new SliceSizes(pace, batch).took(33, 20);
    expect(read(33, tiled, { decoding: 7, pace })).toMatchObject({ slices: [], last: 33 });
  });

  it("remembers from one prompt to the next", () => {
    const pace: ReadingPace = {};
    read(1000, () => 0.2, { pace });
    expect(pace.tileMs).toBeCloseTo(0.2);
  });

  it("is not thrown off by two slices that the machine held up", () => {
    const held = (slice: number, before: number) => tiled(slice, before) * (before > 3900 && before < 4030 ? 12 : 1);
    const { slices } = read(8000, held, { decoding: 4, pace: { tileMs: 0.5, latestMs: 0.5 } });
    expect(slices.filter((size) => size < 64)).toEqual([]);
  });

  it("believes it when slices stay slow", () => {
    const slow = (_slice: number, before: number) => (before < 1000 ? 1 : 20);
    const { slices } = read(4000, slow, { decoding: 4, pace: { tileMs: 1, latestMs: 1 } });
    expect(slices.at(-1)).toBe(17);
  });

  it("learns nothing from a handful of tokens", () => {
    const pace: ReadingPace = { tileMs: 4, latestMs: 4 };
    const sizes = new SliceSizes(pace, batch);
    sizes.next(130, 0);
    sizes.took(2, 100);
    expect(sizes.next(128, 0)).toBe(64);
    expect(pace).toEqual({ tileMs: 4, latestMs: 4 });
  });
});
