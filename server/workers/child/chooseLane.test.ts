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
const choose = (lanes: ReturnType<typeof lane>[], promptTokens: number[]) => chooseLane(lanes, promptTokens, "me");

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

  it("keeps the busy lanes together, which batches need", () => {
    const lanes = [lane(0, [], { busy: true }), lane(1, tokens(100, 5000), { usedAt: 2 }), lane(2, []), lane(3, [])];
    expect(choose(lanes, tokens(40))?.id).toBe(1);
  });

  it("unless the prefix on a far lane is worth more", () => {
    const lanes = [lane(0, [], { busy: true }), lane(1, []), lane(2, []), lane(3, tokens(2000))];
    expect(choose(lanes, tokens(2100))?.id).toBe(3);
  });

  it("[T6] counts nothing that somebody else's prompt has left there", () => {
    const lanes = [lane(0, tokens(200), { owner: "other" }), lane(1, tokens(20))];
    expect(choose(lanes, tokens(300))?.id).toBe(1);
  });

  it("has none when all are busy", () => {
    expect(choose([lane(0, [], { busy: true })], tokens(4))).toBeUndefined();
  });
});
