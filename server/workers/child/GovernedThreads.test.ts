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

function start(otherCores: number) {
  const state = { nowMs: 0, otherCores, set: [] as number[] };
  const threads = new GovernedThreads(options, (count) => state.set.push(count), {
    cores: 4,
    nowMs: () => state.nowMs,
    watchOthers: () => ({ sample: () => state.otherCores }),
  });
  threads.begin();
  return { threads, state };
}

describe("GovernedThreads", () => {
  it("finds free cores while it does nothing but read a long prompt", () => {
    const { threads, state } = start(4);
    threads.begins(0, 512);
    expect(state.set).toEqual([]);
    state.otherCores = 0.1;
    for (let slice = 0; slice < 8; slice++) {
      state.nowMs += 2000;
      threads.observe({ decoding: 0, promptTokens: 512, ms: 2000 });
      threads.begins(0, 512);
    }
    expect(state.set).toEqual([4]);
  });

  it("follows the load of the machine with steps that take seconds, too", () => {
    const { threads, state } = start(0.1);
    const step = () => {
      threads.begins(1, 0);
      state.nowMs += 2000;
      threads.observe({ decoding: 1, promptTokens: 0, ms: 2000 });
    };
    step();
    state.otherCores = 2;
    step();
    step();
    threads.begins(1, 0);
    expect(state.set).toEqual([4, 2]);
  });

  it("does not judge by a pause", () => {
    const { threads, state } = start(0.1);
    const step = () => {
      threads.begins(1, 0);
      state.nowMs += 20;
      threads.observe({ decoding: 1, promptTokens: 0, ms: 20 });
    };
    step();
    // Somebody else has the cores while there is nothing to do here.
    state.nowMs += 400;
    state.otherCores = 4;
    threads.begins(1, 0);
    state.otherCores = 0.1;
    state.nowMs += 20;
    threads.observe({ decoding: 1, promptTokens: 0, ms: 20 });
    for (let count = 0; count < 20; count++) step();
    expect(state.set).toEqual([4]);
  });

  it("keeps to what is fixed", () => {
    const { threads, state } = start(0.1);
    threads.fix(2, 3);
    threads.begins(1, 0);
    threads.begins(1, 64);
    expect(state.set).toEqual([2, 3]);
  });
});
