import { expect, it } from "vitest";
import type { InstallableModel, InstallProgress } from "../../server/protocol/install.js";
import { initialState } from "./AppState.js";
import { reduceInstalls, unfinishedInstalls } from "./reduceInstalls.js";

const progress = (modelId: string, rest: Partial<InstallProgress> = {}): InstallProgress => ({
  modelId,
  name: modelId,
  state: "running",
  step: "fetching",
  message: "",
  fetchedBytes: 10,
  fetchTotalBytes: 100,
  convertedBytes: 0,
  convertTotalBytes: 0,
  bytesPerSecond: 5,
  progress: 0.1,
  ...rest,
});
const llama: InstallableModel = {
  modelId: "llama.7B",
  name: "LLaMA 7B",
  family: "llama",
  description: "",
  kind: "completion",
  parameterCount: 6_738_000_000,
  contextTokens: 2048,
  license: { name: "free", url: "https://example.org" },
  installed: false,
  variants: [],
};
const listed = reduceInstalls(initialState.installs, {
  type: "installsListed",
  installable: [llama],
  installs: [progress("tiny.7M", { state: "paused" }), progress("alpaca.7B")],
});

it("shows what runs before what waits for the reader", () => {
  expect(unfinishedInstalls(listed).map(({ modelId }) => modelId)).toEqual(["alpaca.7B", "tiny.7M"]);
});

it("takes the newest progress of each, and forgets what was cancelled", () => {
  const later = reduceInstalls(listed, { type: "installProgressed", install: progress("tiny.7M", { progress: 0.5 }) });
  expect(later.byId["tiny.7M"]?.progress).toBe(0.5);
  const gone = reduceInstalls(later, {
    type: "installProgressed",
    install: progress("tiny.7M", { state: "cancelled" }),
  });
  expect(Object.keys(gone.byId)).toEqual(["alpaca.7B"]);
});

it("marks a catalog model as installed when its install ends, and as free again when it is removed", () => {
  const done = reduceInstalls(listed, {
    type: "installProgressed",
    install: progress("llama.7B", { state: "installed", progress: 1 }),
  });
  expect(done.installable?.[0]?.installed).toBe(true);
  expect(unfinishedInstalls(done).some(({ modelId }) => modelId === "llama.7B")).toBe(false);
  const removed = reduceInstalls(done, { type: "modelRemoved", modelId: "llama.7B" });
  expect(removed.installable?.[0]?.installed).toBe(false);
  expect(removed.byId["llama.7B"]).toBeUndefined();
});

it("keeps what is known when the list cannot be had", () => {
  const error = { code: "connection_lost", message: "no" } as const;
  const failed = reduceInstalls(listed, { type: "installsFailed", error });
  expect(failed).toMatchObject({ error, installable: [llama] });
  expect(reduceInstalls(failed, { type: "installsListed", installable: [], installs: [] }).error).toBeUndefined();
});
