import { spawn, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";
import { TestServer, temporaryHome } from "../test/TestServer.js";
import { LoadClient } from "./clients/LoadClient.js";
import type { BenchReport } from "./report.js";

let folder: Awaited<ReturnType<typeof temporaryHome>>;
beforeAll(async () => {
  folder = await temporaryHome();
});
afterAll(() => folder.remove());

/** A minute on a quiet machine; tests share theirs. */
const timeoutMs = 240_000;

const mainPath = join(packagePath, "dist", "server", "bench", "main.js");
const bench = (...args: string[]) => spawnSync(process.execPath, [mainPath, ...args], { encoding: "utf8" });

describe("npm run bench", () => {
  it(
    "runs scenarios on the model that ships and reports figures with their circumstances",
    async () => {
      const jsonPath = join(folder.path, "report.json");
      const { status, stdout, stderr } = bench(
        "--quick",
        "--only",
        "added-latency,start",
        "--threads",
        "1",
        "--json",
        jsonPath,
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toContain("| socket, 50 tok/s");
      const report: BenchReport = JSON.parse(await readFile(jsonPath, "utf8"));
      expect(report).toMatchObject({ quick: true, threads: 1, machine: { cores: expect.any(Number) } });
      expect(report.versions["llama.cpp"]).toMatch(/^v?\d/);
      expect(report.scenarios.map(({ name }) => name)).toEqual(["added-latency", "start"]);
      const cells = report.scenarios.flatMap((scenario) => scenario.cells);
      for (const cell of cells) {
        expect(cell.samples).toHaveLength(cell.count);
        expect(cell.count).toBeGreaterThan(0);
        for (const sample of cell.samples) expect(sample).toBeGreaterThan(0);
      }
      expect(cells.map(({ name }) => name)).toContain("demo: until the first token");
    },
    timeoutMs,
  );

  it(
    "measures another server of OpenAI's protocol beside Cria",
    async () => {
      const peer = await TestServer.start();
      const jsonPath = join(folder.path, "peer.json");
      const args = ["--quick", "--only", "users", "--threads", "1", "--peer", peer.url, "--peer-model", "alpaca.demo"];
      // Not the synchronous way: the peer runs in this process.
      const child = spawn(process.execPath, [mainPath, ...args, "--json", jsonPath], { stdio: "ignore" });
      expect(await new Promise((resolve) => child.once("close", resolve))).toBe(0);
      const report: BenchReport = JSON.parse(await readFile(jsonPath, "utf8"));
      const cells = report.scenarios[0]?.cells ?? [];
      expect(cells.find(({ name }) => name === "15M, 4 users: Cria / peer")?.count).toBe(2);
      expect(report.scenarios[0]?.notes).toEqual([]);
      await peer.close();
    },
    timeoutMs,
  );

  it("begins one request when the others' first pieces are there, over either protocol", async () => {
    const server = await TestServer.start();
    const client = await LoadClient.start();
    try {
      for (const protocol of ["openai", "socket"] as const) {
        const request = { protocol, url: server.url, modelId: "alpaca.demo", prompt: "Once", maxTokens: 4 };
        const [first, second] = await client.run([
          { ...request, connection: 0 },
          { ...request, connection: 1, startAfterFirstPieces: true },
        ]);
        expect(second?.startMs).toBeGreaterThanOrEqual(first?.arrivalsMs[0] ?? Number.POSITIVE_INFINITY);
      }
      // One that fails holds up nobody.
      const alpaca = { protocol: "openai" as const, url: server.url, modelId: "alpaca.demo", prompt: "x" };
      const [failed, other] = await client.run([
        { ...alpaca, modelId: "none", maxTokens: 4, connection: 0 },
        { ...alpaca, maxTokens: 4, connection: 1, startAfterFirstPieces: true },
      ]);
      expect([failed?.error, other?.error]).toEqual([expect.stringContaining("404"), undefined]);
    } finally {
      await client.close();
      await server.close();
    }
  });

  describe("refuses, naming what is wrong", () => {
    it.each([
      [["--only", "nonsense"], "nonsense"],
      [["--threads", "many"], "--threads"],
      [["--peer", "not an address"], "--peer"],
      [["--fast"], "--fast"],
    ])("%j", (args, name) => {
      const { status, stderr } = bench(...args);
      expect(status).toBe(1);
      expect(stderr).toContain(name);
      expect(stderr).not.toContain("    at ");
    });
  });
});
