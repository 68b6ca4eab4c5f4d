import { describe, expect, it } from "vitest";
import type { LoadOptions } from "../messages.js";
import { GovernedThreads } from "./GovernedThreads.js";

const options: LoadOptions = {
  modelPath: "",
  contextTokens: 8192,
  sequences: 4,
  threads: 1,
  maxThreads: 4,
  batchThreads: 4,
  gpu: "off",
};

/** Four cores, of which others use `otherCores` while time passes. */
function start(otherCores: number) {
  const state = { nowMs: 0, otherMs: 0, otherCores, set: [] as number[] };
  const pass = (ms: number) => {
    state.nowMs += ms;
    state.otherMs += ms * state.otherCores;
  };
  const threads = new GovernedThreads(options, (count) => state.set.push(count), {
    cores: 4,
    nowMs: () => state.nowMs,
    watchOthers: () => {
      let [fromMs, busyMs] = [state.nowMs, state.otherMs];
      return {
        sample() {
          const cores = (state.otherMs - busyMs) / (state.nowMs - fromMs);
          [fromMs, busyMs] = [state.nowMs, state.otherMs];
          return cores;
        },
      };
    },
  });
  // Loading takes a while.
  pass(1000);
  threads.begin();
  const batch = (decoding: number, promptTokens: number, ms: number) => {
    threads.begins(decoding, promptTokens);
    pass(ms);
    threads.observe({ decoding, promptTokens, ms });
  };
  return { threads, state, pass, batch };
}

describe("GovernedThreads", () => {
  it("finds free cores while it does nothing but read a long prompt", () => {
    const { state, batch } = start(4);
    batch(0, 512, 10);
    expect(state.set).toEqual([]);
    state.otherCores = 0.1;
    for (let slice = 0; slice < 8; slice++) batch(0, 512, 2000);
    expect(state.set).toEqual([4]);
  });

  it("follows the load of the machine with steps that take seconds, too", () => {
    const { threads, state, batch } = start(0.1);
    batch(1, 0, 2000);
    state.otherCores = 2;
    batch(1, 0, 2000);
    batch(1, 0, 2000);
    threads.begins(1, 0);
    expect(state.set).toEqual([4, 2]);
  });

  it("does not judge by a pause", () => {
    const { state, pass, batch } = start(0.1);
    batch(1, 0, 20);
    // Somebody else has the cores while there is nothing to do here.
    state.otherCores = 4;
    pass(400);
    state.otherCores = 0.1;
    for (let step = 0; step < 40; step++) batch(1, 0, 20);
    expect(state.set).toEqual([4]);
  });

  it("has no more than its share while other models are at work, and all of its own again", () => {
    const { threads, state, batch } = start(0.1);
    batch(1, 0, 20);
    threads.limit(2);
    // Slower for want of threads: no reason to step down.
    for (let step = 0; step < 40; step++) batch(1, 0, 90);
    batch(0, 64, 200);
    threads.limit(4);
    batch(1, 0, 20);
    expect(state.set).toEqual([4, 2, 4]);
  });

  it("keeps to what is fixed", () => {
    const { threads, state } = start(0.1);
    threads.fix(2, 3);
    threads.begins(1, 0);
    threads.begins(1, 64);
    expect(state.set).toEqual([2, 3]);
  });
});
