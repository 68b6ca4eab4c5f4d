import type { StreamRecord } from "./StreamRequest.js";

export interface StreamFigures {
  /** From the sending of the request to the first piece of text. */
  ttftMs: number;
  /** From piece to piece, whatever they hold. */
  gapsMs: number[];
  /** From token to token: a piece of several tokens counts as so many equal gaps. */
  interTokenMs: number[];
  longestGapMs: number;
  /** Tokens after the first piece by the time that they took. */
  tokensPerSecond: number;
}

/** What a reply was like for the one who waited for it. Throws when it failed or had no text. */
export function streamFigures(record: StreamRecord): StreamFigures {
  const { startMs, arrivalsMs, tokenCounts, generatedTokens } = record;
  const [firstMs] = arrivalsMs;
  const lastMs = arrivalsMs.at(-1);
  if (record.error !== undefined) throw new Error(record.error);
  if (firstMs === undefined || lastMs === undefined) throw new Error("no text came");
  const gapsMs = arrivalsMs.slice(1).map((atMs, index) => atMs - (arrivalsMs[index] ?? atMs));
  const interTokenMs = gapsMs.flatMap((gapMs, index) => {
    const tokens = Math.max(1, tokenCounts[index + 1] ?? 1);
    return Array.from({ length: tokens }, () => gapMs / tokens);
  });
  const tokens = generatedTokens ?? tokenCounts.reduce((sum, count) => sum + count, 0);
  return {
    ttftMs: firstMs - startMs,
    gapsMs,
    interTokenMs,
    longestGapMs: Math.max(0, ...gapsMs),
    tokensPerSecond: ((tokens - (tokenCounts[0] ?? 1)) / (lastMs - firstMs)) * 1000,
  };
}

/**
 * Tokens per second of all streams together, from the first request to the last token. Reading the prompts is part of it: whoever counts
 * from the first token on is the faster the later that one comes.
 */
export function aggregateTokensPerSecond(records: readonly StreamRecord[]): number {
  const startMs = Math.min(...records.map((record) => record.startMs));
  const endMs = Math.max(...records.map((record) => record.arrivalsMs.at(-1) ?? 0));
  const tokens = records.reduce((sum, record) => sum + (record.generatedTokens ?? record.tokenCounts.length), 0);
  return (tokens / (endMs - startMs)) * 1000;
}
