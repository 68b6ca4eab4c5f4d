import { describe, expect, it } from "vitest";
import { chooseLane } from "./chooseLane.js";

const tokens = (length: number, first = 0) => Array.from({ length }, (_, index) => first + index);
const lane = (id: number, held: number[], { busy = false, usedAt = 0, owner = "me" } = {}) => ({
  id,
  tokens: held,
  busy,
  usedAt,
  owner,
});
const choose = (
  lanes: ReturnType<typeof lane>[],
  promptTokens: number[],
  copyCostTokens = 64,
  parkedIds: readonly number[] = [],
) => chooseLane(lanes, promptTokens, "me", copyCostTokens, ({ id }) => parkedIds.includes(id));

describe("chooseLane", () => {
  it("goes where the longest prefix is", () => {
    expect(choose([lane(0, tokens(50)), lane(1, tokens(200)), lane(2, [])], tokens(300))?.id).toBe(1);
  });

  it("takes an empty lane before it overwrites another conversation", () => {
    expect(choose([lane(0, tokens(100, 5000)), lane(1, [])], tokens(40))?.id).toBe(1);
  });

  it("overwrites the conversation that was left longest ago", () => {
    const lanes = [lane(0, tokens(100, 5000), { usedAt: 9 }), lane(1, tokens(100, 9000), { usedAt: 3 })];
    expect(choose(lanes, tokens(40))?.id).toBe(1);
  });

  it("overwrites one that can be read back before one that would have to be put to disk first", () => {
    const lanes = [lane(0, tokens(400, 5000), { usedAt: 3 }), lane(1, tokens(600, 9000), { usedAt: 9 })];
    expect(choose(lanes, tokens(40), 64, [1])?.id).toBe(1);
    expect(choose(lanes, tokens(40), 64, [0, 1])?.id).toBe(0);
  });

  it("keeps the busy lanes together, which batches need", () => {
    const lanes = [lane(0, [], { busy: true }), lane(1, tokens(100, 5000), { usedAt: 2 }), lane(2, []), lane(3, [])];
    expect(choose(lanes, tokens(40))?.id).toBe(1);
  });

  it("unless the prefix on a far lane is worth more and cannot be copied", () => {
    const lanes = [lane(0, [], { busy: true }), lane(1, []), lane(2, []), lane(3, tokens(2000))];
    expect(choose(lanes, tokens(2100), Number.POSITIVE_INFINITY)?.id).toBe(3);
    expect(choose(lanes, tokens(2100))?.id).toBe(1);
  });

  it("leaves a long chat alone when its system prompt can be copied to an empty lane", () => {
    const lanes = [lane(0, [...tokens(200), ...tokens(800, 5000)]), lane(1, [])];
    expect(choose(lanes, tokens(220))?.id).toBe(1);
    expect(choose(lanes, tokens(220), Number.POSITIVE_INFINITY)?.id).toBe(0);
    expect(choose(lanes, [...tokens(200), ...tokens(820, 5000)])?.id).toBe(0);
  });

  it("goes beside a busy lane from which it can copy the prompt, and not to a far one that has some of it", () => {
    const lanes = [lane(0, tokens(500), { busy: true }), lane(1, []), lane(2, []), lane(3, tokens(300))];
    expect(choose(lanes, tokens(500))?.id).toBe(1);
  });

  it("[T6] copies nothing of somebody else's", () => {
    const mine = [lane(1, []), lane(2, tokens(100), { usedAt: 1 })];
    expect(choose([lane(0, tokens(500)), ...mine], tokens(300))?.id).toBe(0);
    expect(choose([lane(0, tokens(500), { busy: true }), ...mine], tokens(300))?.id).toBe(1);
    expect(choose([lane(0, tokens(500), { owner: "other" }), ...mine], tokens(300))?.id).toBe(2);
  });

  it("[T6] counts nothing that somebody else's prompt has left there", () => {
    const lanes = [lane(0, tokens(200), { owner: "other" }), lane(1, tokens(20))];
    expect(choose(lanes, tokens(300))?.id).toBe(1);
  });

  it("has none when all are busy", () => {
    expect(choose([lane(0, [], { busy: true })], tokens(4))).toBeUndefined();
  });
});
