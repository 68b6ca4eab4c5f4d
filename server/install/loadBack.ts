import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { AppError } from "../platform/AppError.js";
import { cleanEnvironment } from "../platform/cleanEnvironment.js";
import { errorInfoSchema } from "../protocol/result.js";
import type { LoadBack } from "./InstallContext.js";

/** Enough to see that the weights can be read and computed with; the memory of a long context is not needed for that. */
const contextTokens = 256;
const programPath = fileURLToPath(new URL("child/loadBackProgram.js", import.meta.url));

const replySchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("loaded") }),
  z.object({ type: z.literal("failed"), error: errorInfoSchema }),
]);
export type LoadBackReply = z.infer<typeof replySchema>;

/**
 * Loads weights in a process of their own, with the engine's library, and computes a few tokens. They stay mapped there: memory does not
 * grow with them (docs/decisions/loading-back.md). The load rejects with `install_check_failed`, `quantizer_unavailable` or the signal's
 * reason.
 */
export function loadBack(threadCount: number): LoadBack {
  return async (weightsPath, onProgress, signal) => {
    signal.throwIfAborted();
    try {
      await load(weightsPath, threadCount, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw asCheckFailure(error);
    }
    onProgress(1);
  };
}

async function load(weightsPath: string, threadCount: number, signal: AbortSignal): Promise<void> {
  const child = fork(programPath, [weightsPath, String(contextTokens), String(threadCount)], {
    env: cleanEnvironment(process.env, {}),
    execArgv: [],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const stop = () => child.kill("SIGKILL");
  signal.addEventListener("abort", stop);
  let reply: LoadBackReply | undefined;
  child.on("message", (raw) => {
    reply = replySchema.safeParse(raw).data;
  });
  try {
    const how = await new Promise<string>((resolve) => {
      child.once("exit", (status, killedBy) => resolve(killedBy ?? `exit status ${status}`));
      child.once("error", (error) => resolve(error.message));
    });
    if (reply?.type === "loaded") return;
    throw reply === undefined
      ? new AppError("model_load_failed", `The engine ended while it read them (${how}).`)
      : AppError.fromInfo(reply.error);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function asCheckFailure(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code === "quantizer_unavailable") return error;
  return new AppError("install_check_failed", `The finished weights cannot be loaded: ${error.message}`, {
    hint: error.hint ?? "The source may be damaged, or of a kind that the engine does not know yet.",
    cause: error,
  });
}
