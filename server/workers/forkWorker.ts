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

/**
 * The engine computes each batch on one of libuv's threads. With several they take turns, every batch begins on another one, and the
 * threads that it starts land beside it as luck will have it: two threads are then slower than one. One thread is always the same.
 * Measured with 110M parameters on two cores: 124 tokens per second with four of libuv's threads, 396 with one.
 */
const libuvThreads = "1";

/** Starts a worker's process: with a clean environment ([T25]), a bounded heap, and no way to talk but its messages. */
export function forkWorker(program: WorkerProgram): ChildProcess {
  return fork(program.path, program.args, {
    env: { ...cleanEnvironment(process.env, { prefixes: gpuPrefixes }), UV_THREADPOOL_SIZE: libuvThreads },
    execArgv: [`--max-old-space-size=${maxHeapMegabytes}`],
    serialization: "json",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
}
