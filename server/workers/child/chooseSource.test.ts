import { describe, expect, it } from "vitest";
import { chooseSource, type PrefixHolder } from "./chooseSource.js";

const tokens = (length: number, first = 0) => Array.from({ length }, (_, index) => first + index);
/** A prompt that begins with `shared` tokens which all have, and goes on with its own. */
const prompt = (shared: number, own: number, name: number) => [...tokens(shared), ...tokens(own, 10_000 * name)];
const holder = (held: number[], heldTokens = held.length, other: Partial<PrefixHolder> = {}): PrefixHolder => ({
  tokens: held,
  heldTokens,
  owner: "me",
  readingSince: undefined,
  ...other,
});
const reading = (held: number[], heldTokens: number, readingSince: number, owner = "me") =>
  holder(held, heldTokens, { readingSince, owner });
const choose = (reader: PrefixHolder, ...others: PrefixHolder[]) => chooseSource(reader, [reader, ...others], 50);

describe("chooseSource", () => {
  it("copies what another lane holds, as much as both have in common", () => {
    const reader = reading(prompt(400, 100, 1), 0, 1);
    const [short, long] = [holder(prompt(200, 900, 2)), holder(prompt(400, 30, 3))];
    expect(choose(reader, short, long)).toEqual({ action: "copy", source: long, tokens: 400 });
    expect(choose(reader, short)).toEqual({ action: "copy", source: short, tokens: 200 });
  });

  it("reads by itself when that is hardly more", () => {
    expect(choose(reading(prompt(400, 100, 1), 360, 1), holder(prompt(400, 0, 2)))).toBeUndefined();
    expect(choose(reading(prompt(40, 100, 1), 0, 1), holder(prompt(40, 100, 2)))).toBeUndefined();
    expect(choose(reading(tokens(500), 460, 1), holder(tokens(500)))).toBeUndefined();
  });

  it("copies no more than is worth having, and that not twice", () => {
    const toKeep = (heldTokens: number) => Math.min(heldTokens, 440);
    const source = holder(tokens(600));
    const choose = (heldTokens: number, other: PrefixHolder) =>
      chooseSource(reading(tokens(500), heldTokens, 2), [other], 50, toKeep);
    expect(choose(0, source)).toEqual({ action: "copy", source, tokens: 440 });
    expect(choose(440, source)).toBeUndefined();
    expect(choose(440, reading(tokens(600), 441, 1))).toBeUndefined();
  });

  it("[T6] neither copies from another owner's lane nor waits for it", () => {
    const reader = reading(tokens(500), 0, 2);
    expect(choose(reader, holder(tokens(500), 500, { owner: "other" }))).toBeUndefined();
    expect(choose(reader, reading(tokens(500), 100, 1, "other"))).toBeUndefined();
  });

  it("leaves the prompt's last token to be evaluated", () => {
    const source = holder(tokens(600));
    expect(choose(reading(tokens(500), 0, 1), source)).toEqual({ action: "copy", source, tokens: 499 });
  });

  it("waits for one that reads the same and is ahead, and copies when it is there", () => {
    const reader = reading(prompt(400, 100, 1), 0, 2);
    expect(choose(reader, reading(prompt(400, 100, 2), 128, 1))).toEqual({ action: "wait", tokens: 128 });
    const there = reading(prompt(400, 100, 2), 450, 1);
    expect(choose(reader, there)).toEqual({ action: "copy", source: there, tokens: 400 });
  });

  it("does not wait for the little that the other one has yet to read", () => {
    const source = reading(prompt(400, 100, 2), 380, 1);
    expect(choose(reading(prompt(400, 100, 1), 0, 2), source)).toEqual({ action: "copy", source, tokens: 380 });
  });

  it("of two that begin at the same place the earlier reads and the later waits", () => {
    const [first, second] = [reading(prompt(400, 100, 1), 0, 1), reading(prompt(400, 100, 2), 0, 2)];
    expect(choose(first, second)).toBeUndefined();
    expect(choose(second, first)).toEqual({ action: "wait", tokens: 0 });
  });

  it("does not wait for one that is behind; that one waits", () => {
    const [behind, ahead] = [reading(prompt(400, 100, 1), 64, 1), reading(prompt(400, 100, 2), 200, 2)];
    expect(choose(ahead, behind)).toBeUndefined();
    expect(choose(behind, ahead)).toEqual({ action: "wait", tokens: 200 });
  });

  it("takes what an idle lane has when that puts it ahead of the one that reads the same", () => {
    const idle = holder(prompt(200, 300, 3));
    const reader = reading(prompt(400, 100, 1), 0, 2);
    expect(choose(reader, idle, reading(prompt(400, 100, 2), 100, 1))).toEqual({
      action: "copy",
      source: idle,
      tokens: 200,
    });
    expect(choose(reader, idle, reading(prompt(400, 100, 2), 250, 1))).toMatchObject({ action: "wait" });
  });

  it("never has all of them wait, and none for good, whatever they have in common and wherever they are", () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    for (let round = 0; round < 300; round++) {
      const readers = Array.from({ length: 2 + random(5) }, (_, index) => {
        const all = prompt([0, 120, 400][random(3)] ?? 0, 1 + random(300), 1 + random(3));
        return { ...reading(all, random(all.length), index), heldTokens: random(all.length) };
      });
      const left = new Set(readers);
      for (let turn = 0; left.size > 0; turn++) {
        expect(turn).toBeLessThan(1000);
        let moved = false;
        for (const reader of left) {
          const step = chooseSource(reader, readers, 50);
          if (step?.action === "wait") continue;
          moved = true;
          const end = reader.tokens.length - 1;
          reader.heldTokens = step === undefined ? Math.min(end, reader.heldTokens + 64) : step.tokens;
          if (reader.heldTokens < end) continue;
          Object.assign(reader, { readingSince: undefined });
          left.delete(reader);
        }
        expect(moved).toBe(true);
      }
    }
  });
});
