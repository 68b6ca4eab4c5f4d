import type { Generation } from "../chat/Generation.js";
import type { GenerationStats, TokenDetail } from "../protocol/generation.js";
import { endFailure, type WholeReason, wholeReason } from "./endFailure.js";
import { followGeneration } from "./followGeneration.js";

/** A finished reply. */
export interface Collected {
  text: string;
  /** Absent unless the request asked for alternatives. */
  tokens: TokenDetail[] | undefined;
  stopReason: WholeReason;
  stats: GenerationStats | undefined;
}

/** Waits for the whole reply. Rejects with the generation's own error, or `generation_stopped`. */
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
        const failure = endFailure(event);
        if (failure !== undefined) reject(failure);
        else resolve({ text, tokens, stopReason: wholeReason(event), stats: event.stats });
      }
    });
  });
}
