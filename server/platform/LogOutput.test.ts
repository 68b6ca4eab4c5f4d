import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, readSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LogOutput } from "./LogOutput.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-log-"));
});
afterEach(() => rm(folder, { recursive: true }));

const line = (n: number) => `${JSON.stringify({ n, filling: "x".repeat(1000) })}\n`;
/** A turn of the event loop: it comes although a write is under way. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

describe.skipIf(process.platform === "win32")("a log whose reader does not read", () => {
  /** Both ends of a pipe: what is written waits until this test reads it. */
  function openPipe(flags: number): number {
    const path = join(folder, "pipe");
    execFileSync("mkfifo", [path]);
    return openSync(path, constants.O_RDWR | flags);
  }

  /** Reads until `enough`, between which the log may write on. */
  async function readUntil(fd: number, enough: (text: string) => boolean): Promise<string> {
    const chunk = Buffer.alloc(16_384);
    let text = "";
    while (!enough(text)) {
      try {
        text += chunk.toString("utf8", 0, readSync(fd, chunk));
      } catch (error) {
        // Nothing there yet, in a pipe that does not wait.
        if (!(error instanceof Error) || !("code" in error) || error.code !== "EAGAIN") throw error;
      }
      await turn();
    }
    return text;
  }

  it.each([
    ["waits for its reader", 0],
    ["takes nothing at the moment", constants.O_NONBLOCK],
  ])("holds up nothing and bounds what waits, where the pipe %s", async (_name, flags) => {
    const fd = openPipe(flags);
    const output = new LogOutput(fd);
    const written = 3000;
    for (let n = 0; n < written; n++) {
      output.write(line(n));
      // The pipe is full after 64 of them.
      if (n % 100 === 0) await turn();
    }
    const first = await readUntil(fd, (text) => /"n":1000,/.test(text) && text.endsWith("\n"));
    output.write(line(written));
    const text = first + (await readUntil(fd, (rest) => rest.includes(`"n":${written},`) && rest.endsWith("\n")));
    const entries = text
      .trimEnd()
      .split("\n")
      .map((entry) => JSON.parse(entry) as { n?: number; lost?: number });
    const numbers = entries.flatMap(({ n }) => n ?? []);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    const lost = entries.reduce((sum, entry) => sum + (entry.lost ?? 0), 0);
    expect(lost).toBeGreaterThan(1000);
    expect(numbers.length + lost).toBe(written + 1);
    closeSync(fd);
  });
});

describe("a log on a disk", () => {
  it("has its lines whole and in order, those too that wait when the process ends", async () => {
    const path = join(folder, "log");
    const fd = openSync(path, "a");
    const output = new LogOutput(fd);
    for (let n = 0; n < 50; n++) output.write(line(n));
    while (readFileSync(path, "utf8").split("\n").length < 51) await turn();
    expect(readFileSync(path, "utf8")).toBe(Array.from({ length: 50 }, (_, n) => line(n)).join(""));
    closeSync(fd);
  });

  // The device whose every write says that the disk is full. Source: full(4).
  it.runIf(process.platform === "linux")("that is full throws nothing, also at the end of the process", async () => {
    const fd = openSync("/dev/full", "a");
    const output = new LogOutput(fd);
    for (let n = 0; n < 10; n++) {
      output.write(line(n));
      await turn();
    }
    output.write(line(10));
    output.write(line(11));
    output.flush();
    await turn();
    closeSync(fd);
  });
});
