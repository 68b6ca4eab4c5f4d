import { expect, it } from "vitest";
import type { ServerStatus } from "../../server/protocol/serverStatus.js";
import { collectSamples, noSamples } from "./collectSamples.js";

const generation = (phase: "answering" | "queued", tokensPerSecond = 0) => ({
  number: 1,
  modelId: "llama.7B",
  phase,
  generatedTokens: 0,
  tokensPerSecond,
  ageMs: 0,
});
const status = (uptimeMs: number, change: Partial<ServerStatus> = {}): ServerStatus => ({
  version: "1",
  uptimeMs,
  generations: [],
  models: [],
  sockets: 1,
  recent: {},
  totals: { promptTokens: 0, cachedTokens: 0, generatedTokens: 0, workerStarts: 0, workerDeaths: 0 },
  server: { residentBytes: 1, eventLoopDelayMs: { p50: 1, p99: 2, max: 3 } },
  ...change,
});
const totals = (promptTokens: number, cachedTokens: number) => ({
  totals: { ...status(0).totals, promptTokens, cachedTokens },
});

it("sums what runs and counts who waits", () => {
  const generations = [generation("answering", 10), generation("answering", 5), generation("queued")];
  const { list } = collectSamples(noSamples, status(1, { generations, recent: { ttftMs: { p50: 1, p95: 9 } } }));
  expect(list).toEqual([
    { ttftMs: 9, gapMs: undefined, tokensPerSecond: 15, waiting: 1, cachedShare: undefined, loopDelayMs: 2 },
  ]);
});

it("tells the cache's share of the prompts that were read since the look before", () => {
  const first = collectSamples(noSamples, status(1, totals(100, 20)));
  const second = collectSamples(first, status(2, totals(200, 110)));
  const third = collectSamples(second, status(3, totals(200, 110)));
  expect(third.list.map(({ cachedShare }) => cachedShare)).toEqual([0.2, 0.9, 0.9]);
});

it("begins anew with a server that was started anew", () => {
  const samples = collectSamples(collectSamples(noSamples, status(5000, totals(500, 0))), status(10, totals(10, 10)));
  expect(samples.list).toHaveLength(1);
  expect(samples.list[0]?.cachedShare).toBe(1);
});

it("keeps two minutes", () => {
  let samples = noSamples;
  for (let second = 0; second < 200; second++) samples = collectSamples(samples, status(second));
  expect(samples.list).toHaveLength(120);
});
