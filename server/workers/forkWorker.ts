import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { cleanEnvironment } from "../platform/cleanEnvironment.js";

/** What finding GPUs takes. */
const gpuPrefixes = ["CUDA_", "NVIDIA_", "GGML_", "VK_", "HIP_", "METAL_"];

/** The program that runs in a worker process; whatever it is, it speaks the messages of `messages.ts`. */
export interface WorkerProgram {
  /** A compiled module, absolute. */
  path: string;
  args: readonly string[];
}

/** The real engine. Tests and benchmarks may put a scripted one in its place. */
export const engineProgram: WorkerProgram = {
  path: fileURLToPath(new URL("child/main.js", import.meta.url)),
  args: [],
};

/** JavaScript in a worker is the small part; a hostile chat template is not to fill the machine's memory. In megabytes. */
const maxHeapMegabytes = 1024;

/** Starts a worker's process: with a clean environment ([T25]), a bounded heap, and no way to talk but its messages. */
export function forkWorker(program: WorkerProgram): ChildProcess {
  return fork(program.path, program.args, {
    env: cleanEnvironment(process.env, { prefixes: gpuPrefixes }),
    execArgv: [`--max-old-space-size=${maxHeapMegabytes}`],
    serialization: "json",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
}
