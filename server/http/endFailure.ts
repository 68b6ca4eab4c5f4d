import { AppError } from "../platform/AppError.js";
import type { GenerationEvent, StopReason } from "../protocol/generation.js";

type EndEvent = GenerationEvent & { type: "end" };

/** Why a reply is not what was asked for: it failed, or it was stopped by somebody else than its reader. `undefined`: it is. */
export function endFailure(event: EndEvent): AppError | undefined {
  if (event.stopReason === "stopped")
    return new AppError("generation_stopped", "The reply was stopped on the server before its end.", {
      hint: "The server may be shutting down, or somebody stopped it there. Ask again for a whole one.",
    });
  if (event.stopReason !== "error") return undefined;
  return event.error === undefined
    ? new AppError("generation_failed", "The reply ended with an error.")
    : AppError.fromInfo(event.error);
}

/** Why a whole reply ended. */
export type WholeReason = Exclude<StopReason, "error" | "stopped">;

/** The reason of an end that {@link endFailure} has nothing to say about. */
export function wholeReason({ stopReason }: EndEvent): WholeReason {
  if (stopReason === "error" || stopReason === "stopped") throw new AppError("internal", "This reply is not whole.");
  return stopReason;
}
