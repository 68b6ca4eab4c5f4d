import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryHome } from "../test/TestServer.js";
import { newRecord } from "./clients/StreamRequest.js";
import { aggregateTokensPerSecond, streamFigures } from "./clients/streamFigures.js";
import { describeCircumstances } from "./describeCircumstances.js";
import { formatScenario } from "./formatReport.js";
import { interleave } from "./interleave.js";
import { makePrompt } from "./makePrompt.js";
import { Recorder } from "./Recorder.js";
import { allScenarios } from "./scenarios/allScenarios.js";
import { readStamps, stampedPiece } from "./script.js";
import { untilQuiet } from "./untilQuiet.js";
import { docsPath, writeDocs } from "./writeDocs.js";

describe("streamFigures", () => {
  const record = {
    ...newRecord(1000),
    arrivalsMs: [1100, 1120, 1180],
    tokenCounts: [1, 1, 3],
    endMs: 1181,
    generatedTokens: 5,
  };

  it("takes gaps between pieces, and a share of them for each token", () => {
    const figures = streamFigures(record);
    expect(figures).toMatchObject({ ttftMs: 100, gapsMs: [20, 60], longestGapMs: 60, interTokenMs: [20, 20, 20, 20] });
    expect(figures.tokensPerSecond).toBeCloseTo(50, 10);
  });

  it("adds up replies that ran side by side, from the first request on", () => {
    const other = { ...record, arrivalsMs: [1080, 1280], tokenCounts: [1, 4] };
    expect(aggregateTokensPerSecond([record, other])).toBeCloseTo((10 / 280) * 1000, 10);
  });

  it("has no figures for a reply that failed", () => {
    expect(() => streamFigures({ ...record, error: "worker_died" })).toThrow("worker_died");
    expect(() => streamFigures(newRecord(0))).toThrow("no text");
  });
});

describe("interleave", () => {
  const atOnce = async () => undefined;

  it("warms up, then begins each round with another one", async () => {
    const order: string[] = [];
    const variant = (name: string) => ({ name, run: async (round: number) => void order.push(`${round}${name}`) });
    await interleave(3, ["a", "b", "c"].map(variant), new Recorder("x"), atOnce);
    expect(order.join(" ")).toBe("-1c -1a -1b 0a 0b 0c 1b 1c 1a 2c 2a 2b");
  });

  it("lets what ran before come to its end", async () => {
    const order: string[] = [];
    const variant = (name: string) => ({ name, run: async () => void order.push(name) });
    await interleave(1, ["a", "b"].map(variant), new Recorder("x"), async () => void order.push("-"));
    expect(order.join("")).toBe("-b-a-a-b");
  });

  it("goes on without one that fails, and says so", async () => {
    const recorder = new Recorder("x");
    let ran = 0;
    await interleave(
      3,
      [
        { name: "bad", run: () => Promise.reject(new Error("no\nsecond line")) },
        { name: "good", run: async () => void ran++ },
      ],
      recorder,
      atOnce,
    );
    expect(ran).toBe(4);
    expect(recorder.report("x", 0).notes).toEqual(["bad broke off in round 0: no"]);
    const only = [{ name: "bad", run: () => Promise.reject(new Error("no")) }];
    await expect(interleave(3, only, recorder, atOnce)).rejects.toThrow("no");
  });
});

describe("untilQuiet", () => {
  const waits = async (...loads: number[]) => {
    let waitedMs = 0;
    await untilQuiet({
      load: { sample: () => loads.shift() ?? 2 },
      pause(ms) {
        waitedMs += ms;
        return Promise.resolve();
      },
    });
    return waitedMs;
  };

  it("waits while cores are in use, and not for ever", async () => {
    expect(await waits(0.1)).toBe(100);
    expect(await waits(1.9, 0.5, 0.02)).toBe(300);
    expect(await waits()).toBe(2000);
  });
});

describe("Recorder", () => {
  it("takes as many samples at once as 200 sockets have tokens", () => {
    const recorder = new Recorder("x");
    recorder.add("latency", "ms", 1);
    recorder.add("latency", "ms", new Array<number>(300_000).fill(2));
    expect(recorder.samples("latency")).toHaveLength(300_001);
  });

  it("takes ratios of what was measured side by side", () => {
    const recorder = new Recorder("x");
    recorder.add("a", "tok/s", [10, 20, 30]);
    recorder.add("b", "tok/s", [20, 20]);
    recorder.ratio("a / b", "a", "b");
    recorder.ratio("a / nothing", "a", "nothing");
    const { cells } = recorder.report("x", 0);
    expect(cells.map(({ name, samples }) => [name, samples])).toEqual([
      ["a", [10, 20, 30]],
      ["b", [20, 20]],
      ["a / b", [0.5, 1]],
    ]);
  });

  it("says whether a goal was met, and sets none for what was not measured", () => {
    const recorder = new Recorder("x");
    recorder.add("latency", "ms", [1, 2, 3]);
    recorder.goal("issue 2", "latency", "p50", "≤", 2);
    recorder.goal("issue 2", "latency", "max", "<", 3);
    recorder.goal("issue 2", "latency", "min", "≥", 1);
    recorder.goal("issue 2", "nothing", "p50", "≤", 2);
    expect(recorder.report("x", 0).goals.map(({ met }) => met)).toEqual([true, false, true]);
  });
});

describe("makePrompt", () => {
  it("has so many words, the same for the same nonce, and shares nothing with another", () => {
    const [first, second] = [makePrompt(50, 1), makePrompt(50, 2)];
    expect(first.split(" ")).toHaveLength(50);
    expect(makePrompt(50, 1)).toBe(first);
    expect(makePrompt(80, 1).startsWith(first)).toBe(true);
    expect(second.split(" ")[0]).not.toBe(first.split(" ")[0]);
  });
});

describe("stamps", () => {
  it("are read as they were written, and a half one is none", () => {
    const text = stampedPiece(0, 12.3456) + stampedPiece(1, 1e9);
    expect(readStamps(`${text}2:17.`)).toEqual([
      { index: 0, atMs: 12.346 },
      { index: 1, atMs: 1e9 },
    ]);
  });
});

describe("describeCircumstances", () => {
  const peerOf = (peer: { peerUrl?: string; peerProgram?: string }) =>
    describeCircumstances({ threads: 1, quick: false, ...peer }).peer;

  it("names the peer, but not the folder that its program lies in", () => {
    expect(peerOf({})).toBeUndefined();
    expect(peerOf({ peerUrl: "http://127.0.0.1:8080" })).toBe("http://127.0.0.1:8080");
    expect(peerOf({ peerProgram: join("some", "folder", "llama-server") })).toBe("llama-server");
  });
});

describe("the documents", () => {
  it("list every scenario", async () => {
    const text = await readFile(join(docsPath, "benchmarks.md"), "utf8");
    const listed = [...text.matchAll(/^\| `([a-z-]+)`/gm)].map(([, name]) => name);
    expect(listed).toEqual(allScenarios.map(({ name }) => name));
  });

  it("keep what was measured before of the scenarios that were not run", async () => {
    const folder = await temporaryHome();
    const textPath = join(folder.path, "benchmarks.md");
    await writeFile(textPath, await readFile(join(docsPath, "benchmarks.md"), "utf8"));
    const recorder = new Recorder("First");
    recorder.add("a cell", "ms", [1, 2, 3]);
    recorder.goal("issue 2", "a cell", "p50", "≤", 1);
    const circumstances = describeCircumstances({ threads: 1, quick: false });
    const first = recorder.report("first", 0);
    const second = new Recorder("Second").report("second", 0);
    await writeDocs({ ...circumstances, scenarios: [first] }, folder.path);
    await writeDocs({ ...circumstances, commit: "another", scenarios: [second] }, folder.path);
    await writeDocs({ ...circumstances, scenarios: [{ ...first, title: "First again" }] }, folder.path);
    const text = await readFile(textPath, "utf8");
    expect(text).toContain("### First again");
    expect(text).toContain("### Second");
    expect(text).not.toContain("### First\n");
    expect(text.match(/\*\*missed\*\*: a cell, p50 2\.00 ms ≤ 1\.00 ms/g)).toHaveLength(1);
    expect(text).toContain("commit another");
    expect(await readFile(join(folder.path, "benchmarks.json"), "utf8")).not.toContain('"samples": [\n');
    await folder.remove();
  });

  it("have tables with columns of equal width", () => {
    const recorder = new Recorder("x");
    recorder.add("short", "ms", [0.1234, 1234.5]);
    recorder.add("a much longer name", "count", 3);
    const widths = formatScenario(recorder.report("x", 0))
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .map((line) => line.length);
    expect(new Set(widths).size).toBe(1);
  });
});
