import { type DraftedReply, DraftGuesser } from "./DraftGuesser.js";
import type { Engine } from "./engine.js";
import type { Guesser } from "./Guesser.js";
import type { Lane } from "./Lane.js";
import { LookupGuesser } from "./LookupGuesser.js";
import { isPredictable } from "./sampleWithGuesses.js";

/** Who may guess how a reply goes on, the cheaper one first; nobody where a guess might change it. */
export function openGuessers(engine: Engine, { owner }: Lane, reply: Omit<DraftedReply, "owner">): Guesser[] {
  if (!isPredictable(reply.sampling)) return [];
  const { speculation, draft } = engine;
  return [
    ...(speculation === undefined ? [] : [new LookupGuesser(reply.promptTokens, speculation)]),
    ...(draft === undefined ? [] : [new DraftGuesser(engine, draft, { ...reply, owner })]),
  ];
}
