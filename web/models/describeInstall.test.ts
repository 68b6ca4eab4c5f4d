import { expect, it } from "vitest";
import type { InstallProgress } from "../../server/protocol/install.js";
import { describeInstall, installDetail, installStepWords } from "./describeInstall.js";

const install: InstallProgress = {
  modelId: "llama.7B",
  name: "LLaMA 7B",
  state: "running",
  step: "fetching",
  message: "",
  fetchedBytes: 1_200_000_000,
  fetchTotalBytes: 13_500_000_000,
  convertedBytes: 0,
  convertTotalBytes: 4_081_000_000,
  bytesPerSecond: 24_100_000,
  etaSeconds: 510,
  progress: 0.1,
  quantization: "Q4_K_M",
};

it("tells bytes, speed and time left", () => {
  expect(describeInstall(install)).toEqual(["1.2 GB of 13.5 GB", "24.1 MB/s", "9 min left", "Q4_K_M"]);
  expect(describeInstall({ ...install, etaSeconds: 7500 })).toContain("2 h 5 min left");
  expect(describeInstall({ ...install, etaSeconds: 0.2 })).toContain("1 s left");
});

it("tells what is written while it converts, and no speed once it rests", () => {
  const converting = { ...install, step: "converting" as const, convertedBytes: 2_000_000_000, bytesPerSecond: 0 };
  expect(describeInstall(converting)).toEqual(["2 GB of 4.1 GB written", "9 min left", "Q4_K_M"]);
  expect(describeInstall({ ...install, state: "paused" })).toEqual(["1.2 GB of 13.5 GB", "Q4_K_M"]);
});

it("names a rest before the step", () => {
  expect([install, { ...install, state: "paused" as const }].map(installStepWords)).toEqual(["Downloading", "Paused"]);
});

it("says why nothing arrives, and is silent while bytes do", () => {
  const message = "The connection to example.org broke off. Trying again in 4 s.";
  expect(installDetail({ ...install, message })).toBeUndefined();
  expect(installDetail({ ...install, message, bytesPerSecond: 0 })).toBe(message);
  expect(installDetail({ ...install, message, step: "verifying" })).toBe(message);
  expect(installDetail({ ...install, message, bytesPerSecond: 0, state: "paused" })).toBeUndefined();
});
