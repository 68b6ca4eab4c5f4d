import { z } from "zod";

/** What can go wrong with a scripted engine, on purpose. */
export const scriptFaults = [
  /** Never answers the load. */
  "hangOnLoad",
  /** The process ends while it loads. */
  "dieOnLoad",
  /** Refuses the load with an error. */
  "failOnLoad",
  /** Stops in the middle of a reply and does not hear Stop. */
  "hangWhileAnswering",
  /** The process ends in the middle of a reply. */
  "dieWhileAnswering",
  /** Sends what is no message of the protocol, then goes on. */
  "garbage",
  /** Its draft fails, in the middle of a reply that goes on. */
  "failDraft",
  /** Its draft cannot be loaded; the model is there without it. */
  "failDraftOnLoad",
  /** Hears neither `close` nor SIGTERM. */
  "deaf",
] as const;

/** How a scripted engine behaves. A prompt that is a JSON object of the same shape overrides it for that generation. */
export const scriptSchema = z.object({
  /** Each generation gets tokens at this speed, however many run. */
  tokensPerSecond: z.number().positive().default(50),
  /** 0: the prompt is read at once. */
  promptTokensPerSecond: z.number().min(0).default(0),
  loadMs: z.number().min(0).default(0),
  /** Generations that run at the same time; more wait in order. */
  sequences: z.int().min(1).default(256),
  contextTokens: z.int().min(1).default(8192),
  /** Says this, piece by piece, and ends; without it the reply is made of stamps. */
  pieces: z.array(z.string()).optional(),
  /** Stamps are filled up with dots to this length, in UTF-16 units. */
  pieceLength: z.int().min(0).max(1_000_000).default(0),
  fault: z.enum(scriptFaults).optional(),
  /** The GPU that it finds, where it may use one; a fault while loading then comes only there. */
  gpu: z.string().optional(),
  /** Tokens before a fault that comes while answering. */
  faultAfterTokens: z.int().min(0).default(3),
});
export type ScriptFault = (typeof scriptFaults)[number];
export type Script = z.infer<typeof scriptSchema>;

/** The script with what the prompt says, if it says anything. */
export function scriptOf(base: Script, promptText: string): Script {
  if (!promptText.trimStart().startsWith("{")) return base;
  try {
    const given = z.record(z.string(), z.unknown()).parse(JSON.parse(promptText));
    return scriptSchema.parse({ ...base, ...given });
  } catch {
    return base;
  }
}

/** Piece `index` of a reply, made at `atMs` of the shared clock. Whoever reads it can tell what is missing and how long it took. */
export function stampedPiece(index: number, atMs: number): string {
  return `${index}:${atMs.toFixed(3)} `;
}

const stampPattern = /(\d+):(\d+\.\d{3}) /g;

/** The stamps in a text, in order. */
export function readStamps(text: string): { index: number; atMs: number }[] {
  return [...text.matchAll(stampPattern)].map(([, index, atMs]) => ({ index: Number(index), atMs: Number(atMs) }));
}
