import { describe, expect, it } from "vitest";
import { GuessPace } from "./GuessPace.js";

/** As if a step took 10 ms and each guess 1 ms more, with checking that costs as much as a step and a half. */
const roundMs = (guesses: number) => 15 + guesses;

function paced(rounds: number, right: (guesses: number) => number): GuessPace {
  const pace = new GuessPace(8);
  pace.plain(10);
  for (let round = 0; round < rounds && !pace.resting; round++) {
    const { guesses } = pace;
    pace.round(guesses, right(guesses), roundMs(guesses));
  }
  return pace;
}

describe("GuessPace", () => {
  it("guesses further where all guesses are right, to the limit", () => {
    const pace = paced(20, (guesses) => guesses);
    expect(pace.resting).toBe(false);
    expect(pace.guesses).toBe(8);
  });

  it("guesses less far where few are right", () => {
    expect(paced(20, () => 2).guesses).toBe(4);
    expect(paced(1, () => 0).guesses).toBeLessThan(new GuessPace(8).guesses);
  });

  it("rests as soon as two rounds took longer than their tokens without guesses, and longer each time", () => {
    const pace = paced(20, () => 0);
    const rest = () => {
      let tokens = 0;
      for (; pace.resting; tokens++) pace.plain(10);
      for (let round = 0; round < 2; round++) pace.round(1, 0, roundMs(1));
      return tokens;
    };
    expect([rest(), rest(), rest(), rest(), rest()]).toEqual([16, 64, 256, 1024, 1024]);
  });

  it("rests where the draft is not sure of anything: its time was wasted", () => {
    const pace = new GuessPace(8);
    pace.plain(10);
    for (let round = 0; round < 2; round++) pace.round(0, 0, 11);
    expect(pace.resting).toBe(true);
  });

  it("forgets that guessing did not pay once it has paid for a while", () => {
    const pace = paced(20, () => 0);
    while (pace.resting) pace.plain(10);
    for (let round = 0; round < 8; round++) pace.round(4, 4, roundMs(4));
    while (!pace.resting) pace.round(1, 0, 100);
    let tokens = 0;
    for (; pace.resting; tokens++) pace.plain(10);
    expect(tokens).toBe(16);
  });

  it("judges nothing before it knows what a token costs", () => {
    const pace = new GuessPace(8);
    for (let round = 0; round < 10; round++) pace.round(8, 0, 1000);
    expect(pace.resting).toBe(false);
  });
});
