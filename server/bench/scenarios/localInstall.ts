import { type ChildProcess, fork, spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InstallProcess } from "../../install/InstallProcess.js";
import { packagePath } from "../../platform/paths.js";
import type { Quantization } from "../../protocol/install.js";
import { LocalHub } from "../../test/LocalHub.js";
import type { Scenario } from "../Bench.js";
import { randomCheckpoint } from "../benchCheckpoint.js";
import { interleave } from "../interleave.js";

/** To a type that is faster than the line, and to one that is slower. */
const types: readonly Quantization[] = ["Q4_0", "Q4_K_M"];
/** A line of one gigabit a second, after what the protocols take. */
const lineBytesPerSecond = 117_000_000;
/** Each takes minutes; what is compared differs by much more than one round from the next. */
const usualRounds = 3;

/** An install from a hub at the end of a fast line, beside its parts alone: the better they overlap, the nearer it is to the slower one. */
export const localInstall: Scenario = {
  name: "install",
  title: "An install, beside its download alone and its quantizing alone",
  async run(bench, recorder) {
    const { threads } = bench.options;
    const folder = await bench.temporaryFolder();
    const hub = await LocalHub.start();
    bench.defer(() => hub.close());
    hub.totalBytesPerSecond = lineBytesPerSecond;
    const environment = { ...process.env, HF_ENDPOINT: hub.endpoint };
    for (const size of bench.sizes("1.1B")) {
      const checkpoint = await randomCheckpoint(size);
      const repository = `bench/random-${size}`;
      await hub.addFolder(repository, checkpoint);
      for (const type of types) {
        bench.progress(`${size} to ${type}`);
        const cell = (what: string) => `${size} to ${type}: ${what}`;
        const variant = (name: string, work: (path: string) => Promise<void>) => ({
          name,
          run: async (round: number) => {
            const path = join(folder, "work");
            await mkdir(path);
            try {
              const startMs = performance.now();
              await work(path);
              if (round >= 0) recorder.add(cell(name), "s", (performance.now() - startMs) / 1000);
            } finally {
              await rm(path, { recursive: true, force: true });
            }
          },
        });
        const program = join(packagePath, "dist", "server", "cli", "main.js");
        const convert = ["convert", checkpoint, "out.gguf", "--quantize", type, "--threads", String(threads)];
        await interleave(
          bench.rounds(usualRounds, 1, usualRounds),
          [
            variant("install", async (path) => {
              const ask = { source: repository, as: "bench.install", quantization: type };
              const order = { ask, modelsPath: path, force: true, threadCount: threads };
              const outcome = await new InstallProcess(order, environment, () => {}).outcome;
              if (outcome.type === "failed") throw outcome.error;
            }),
            variant("download alone", (path) =>
              ended(fork(fetchProgram, [repository, path], { env: environment, execArgv: [] })),
            ),
            variant("quantizing alone", (path) =>
              ended(spawn(process.execPath, [program, ...convert], { cwd: path, stdio: "ignore" })),
            ),
          ],
          recorder,
        );
        const slower = ["download alone", "quantizing alone"].reduce((one, other) =>
          (recorder.samples(cell(one))[0] ?? 0) > (recorder.samples(cell(other))[0] ?? 0) ? one : other,
        );
        recorder.ratio(cell(`install / ${slower}`), cell("install"), cell(slower));
        recorder.goal("issue 3", cell(`install / ${slower}`), "p50", "≤", 1.15);
      }
    }
    recorder.note(
      "The hub is a process of this machine and takes its part of the cores; its line carries 117 MB a second.",
    );
  },
};

const fetchProgram = fileURLToPath(new URL("../fetchProgram.js", import.meta.url));

async function ended(child: ChildProcess): Promise<void> {
  const status = await new Promise((resolve) => child.once("close", resolve));
  if (status !== 0) throw new Error(`it ended with status ${status}`);
}
