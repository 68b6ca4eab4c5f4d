import { AppError } from "../../platform/AppError.js";
import { availableMemoryBytes } from "../../platform/availableMemory.js";
import { reserveBytes } from "../planRoom.js";

/** What of a text is embedded. Throws `bad_request` for none, `context_full` for more than fits unless it may be cut. */
export function embeddable<Token>(tokens: readonly Token[], mostTokens: number, truncate: boolean): Token[] {
  if (tokens.length === 0) throw new AppError("bad_request", "There is nothing to embed.", { field: "input" });
  if (tokens.length > mostTokens && !truncate)
    throw new AppError(
      "context_full",
      `This takes ${tokens.length} tokens and the model's context holds ${mostTokens}.`,
      { hint: "Embed it in parts.", field: "input" },
    );
  return tokens.slice(0, mostTokens);
}

/** Throws `memory_short` when so much more would leave the machine without memory: it is not part of what the model was planned to take. */
export function refuseOvercommit(wantedBytes: number, availableBytes = availableMemoryBytes()): void {
  const freeBytes = Math.max(0, availableBytes - reserveBytes);
  if (wantedBytes <= freeBytes) return;
  const [wanted, free] = [wantedBytes, freeBytes].map((bytes) => `${(bytes / 1e9).toFixed(1)} GB`);
  throw new AppError("memory_short", `Embedding a text of this length takes ${wanted} more and ${free} are free.`, {
    hint: "Embed it in shorter parts, unload another model, or close other programs.",
  });
}

/** The same direction; nothing stays nothing. */
export function ofLengthOne(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  return vector.map((value) => (length > 0 ? value / length : 0));
}
