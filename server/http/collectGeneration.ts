import type { Generation } from "../chat/Generation.js";
import { AppError } from "../platform/AppError.js";
import type { GenerationStats, StopReason, TokenDetail } from "../protocol/generation.js";
import { followGeneration } from "./followGeneration.js";

/** A finished reply. */
export interface Collected {
  text: string;
  /** Absent unless the request asked for alternatives. */
  tokens: TokenDetail[] | undefined;
  stopReason: Exclude<StopReason, "error">;
  stats: GenerationStats | undefined;
}

/** Waits for the whole reply. Rejects with the generation's own error. */
export function collectGeneration(generation: Generation): Promise<Collected> {
  return new Promise((resolve, reject) => {
    let text = "";
    let tokens: TokenDetail[] | undefined;
    followGeneration(generation, (event) => {
      if (event.type === "text") {
        text += event.text;
        if (event.tokens !== undefined) {
          tokens ??= [];
          tokens.push(...event.tokens);
        }
      } else if (event.type === "snapshot") text = event.text;
      else if (event.type === "end") {
        if (event.stopReason === "error") reject(endError(event.error));
        else resolve({ text, tokens, stopReason: event.stopReason, stats: event.stats });
      }
    });
  });
}

/** What made a generation end, as an error to answer with. */
export function endError(info: Parameters<typeof AppError.fromInfo>[0] | undefined): AppError {
  return info === undefined
    ? new AppError("generation_failed", "The reply ended with an error.")
    : AppError.fromInfo(info);
}
