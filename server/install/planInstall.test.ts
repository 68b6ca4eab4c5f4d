import { describe, expect, it } from "vitest";
import { loadCatalog } from "../models/catalog.js";
import type { Manifest } from "../models/manifest.js";
import { checkRoom } from "./checkRoom.js";
import type { InstallJob, RemotePart, SourceFile } from "./InstallJob.js";
import { type DiskState, needsConversion, planInstall } from "./planInstall.js";

const digest = (letter: string) => letter.repeat(64);
const file = (name: string, sizeBytes: number, letter: string): SourceFile => ({
  url: `https://huggingface.co/o/m/resolve/main/${name}`,
  path: name,
  localName: name,
  sizeBytes,
  sha256: digest(letter),
});
const part = (name: string, weights: SourceFile[]): RemotePart => ({
  name,
  weights,
  descriptions: [file("config.json", 10, "0")],
});
const job = (source: InstallJob["source"], changes: Partial<InstallJob> = {}): InstallJob => ({
  jobVersion: 1,
  ask: { source: "llama.7B" },
  modelId: "llama.7B",
  name: "LLaMA 7B",
  resultBytes: 4_000,
  ramBytes: 5_000,
  source,
  keepSource: false,
  ...changes,
});
const nothing: DiskState = {
  installed: undefined,
  complete: new Set(),
  partialBytes: new Map(),
  consumed: new Set(),
  convertedBytes: 0,
  finished: false,
  usedBytes: 0,
};
const shards = [
  file("a.safetensors", 5_000, "a"),
  file("b.safetensors", 4_000, "b"),
  file("c.safetensors", 3_000, "c"),
];
const checkpoint = job({ type: "checkpoint", base: part("o/m", shards) }, { quantization: "Q4_K_M" });
const gguf = job({ type: "gguf", base: { ...part("o/m", [file("m.gguf", 4_000, "d")]), descriptions: [] } });

describe("planInstall", () => {
  it("fetches everything when nothing is there", () => {
    const plan = planInstall(checkpoint, nothing);
    expect(plan.fetch.map(({ file: { path } }) => path)).toEqual([
      "config.json",
      "a.safetensors",
      "b.safetensors",
      "c.safetensors",
    ]);
    expect(plan).toMatchObject({ done: false, convert: true, fetchTotalBytes: 12_010, fetchedBytes: 0 });
  });

  it("needs disk for the result and two shards, for all that is kept, and for nothing twice", () => {
    expect(planInstall(checkpoint, nothing).neededDiskBytes).toBe(4_000 + 5_000 + 4_000);
    expect(planInstall({ ...checkpoint, keepSource: true }, nothing).neededDiskBytes).toBe(4_000 + 12_000);
    expect(planInstall(checkpoint, { ...nothing, usedBytes: 9_000 }).neededDiskBytes).toBe(4_000);
    expect(planInstall(gguf, nothing).neededDiskBytes).toBe(4_000);
    const withDiff = job(
      { type: "checkpoint", base: part("o/m", shards), addDiff: part("o/diff", shards) },
      { quantization: "Q4_0" },
    );
    expect(planInstall(withDiff, nothing).neededDiskBytes).toBe(4_000 + 9_000 + 5_000);
  });

  it("goes on where an earlier run stopped", () => {
    const plan = planInstall(checkpoint, {
      ...nothing,
      complete: new Set(["0/config.json", "0/b.safetensors"]),
      consumed: new Set(["0/a.safetensors"]),
      partialBytes: new Map([["0/c.safetensors", 1_000]]),
      usedBytes: 6_000,
    });
    expect(plan.fetch.map(({ file: { path } }) => path)).toEqual(["c.safetensors"]);
    expect(plan.fetchedBytes).toBe(12_010 - 2_000);
  });

  it("fetches nothing any more once the weights are finished", () => {
    expect(planInstall(checkpoint, { ...nothing, finished: true })).toMatchObject({
      fetch: [],
      convert: false,
      neededDiskBytes: 0,
    });
  });

  it("has nothing to do when this very model is installed, but another quantization or version is another model", () => {
    const installed: Manifest = {
      manifestVersion: 1,
      id: "llama.7B",
      name: "LLaMA 7B",
      kind: "completion",
      promptFormat: "raw",
      file: "7B.gguf",
      sizeBytes: 4_000,
      sha256: digest("e"),
      quantization: "Q4_K_M",
      requestedQuantization: "Q4_K_M",
      sources: [{ name: "o/m", files: shards.map(({ path, sizeBytes = 0, sha256 }) => ({ path, sizeBytes, sha256 })) }],
      installedAt: "2026-01-01T00:00:00.000Z",
      tool: { name: "cria", version: "1.0.0" },
    };
    expect(planInstall(checkpoint, { ...nothing, installed })).toMatchObject({ done: true, fetch: [], convert: false });
    expect(planInstall({ ...checkpoint, quantization: "Q8_0" }, { ...nothing, installed }).done).toBe(false);
    const newer = job(
      { type: "checkpoint", base: part("o/m", [file("a.safetensors", 5_000, "f")]) },
      { quantization: "Q4_K_M" },
    );
    expect(planInstall(newer, { ...nothing, installed }).done).toBe(false);
  });

  it("converts checkpoints, joins split files and takes single GGUF files as they are", () => {
    expect(needsConversion(gguf)).toBe(false);
    expect(needsConversion({ ...gguf, quantization: "Q4_0" })).toBe(true);
    expect(needsConversion(job({ type: "gguf", base: part("o/m", shards) }))).toBe(true);
    expect(needsConversion(checkpoint)).toBe(true);
    expect(needsConversion(job({ type: "localFile", path: "/m.gguf" }))).toBe(false);
    expect(needsConversion(job({ type: "localFolder", path: "/m" }))).toBe(true);
  });
});

describe("checkRoom", () => {
  const catalog = loadCatalog();
  const model = (ramBytes: number, resultBytes: number) =>
    job({ type: "gguf", base: part("o/m", [file("m.gguf", resultBytes, "d")]) }, { ramBytes, resultBytes });
  const ask = (wanted: InstallJob, freeDiskBytes: number, totalMemoryBytes: number) => () =>
    checkRoom({
      job: wanted,
      plan: planInstall(wanted, nothing),
      room: { availableMemoryBytes: totalMemoryBytes, totalMemoryBytes, freeDiskBytes },
      catalog,
    });

  it("lets through what fits or is tight", () => {
    expect(ask(model(5e9, 4e9), 10e9, 16e9)).not.toThrow();
    expect(ask(model(5e9, 4e9), 4.2e9, 6e9)).not.toThrow();
  });

  it("says in numbers what is missing and what would fit instead", () => {
    expect(ask(model(5.4e9, 4e9), 3e9, 16e9)).toThrow(
      expect.objectContaining({
        code: "disk_full",
        message: "LLaMA 7B needs 4.0 GB of disk, but only 3.0 GB are free.",
        hint: expect.stringContaining("What fits: "),
      }),
    );
    expect(ask(model(5.4e9, 4e9), 50e9, 5.2e9)).toThrow(
      expect.objectContaining({
        code: "memory_too_small",
        hint: expect.stringMatching(/llama\.7B as Q3_K_M \(4\.6 GB of memory\), or /),
      }),
    );
  });

  it("names nothing when nothing fits", () => {
    expect(ask(model(5e9, 4e9), 50e9, 100e6)).toThrow(
      expect.objectContaining({ hint: "--force installs it all the same." }),
    );
  });
});
