import { fileURLToPath } from "node:url";
import type { z } from "zod";
import type { WorkerProgram } from "../workers/forkWorker.js";
import type { scriptSchema } from "./script.js";

/** The scripted engine as a worker's program; what the script leaves out has its default. */
export function scriptedProgram(script: z.input<typeof scriptSchema> = {}): WorkerProgram {
  return { path: fileURLToPath(new URL("scriptedEngine.js", import.meta.url)), args: [JSON.stringify(script)] };
}
