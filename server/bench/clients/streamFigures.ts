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

/** All tokens of replies that ran side by side, by the time from the first piece of any to the end of the last. */
export function aggregateTokensPerSecond(records: readonly StreamRecord[]): number {
  const firstMs = Math.min(...records.map((record) => record.arrivalsMs[0] ?? Number.POSITIVE_INFINITY));
  const endMs = Math.max(...records.map((record) => record.arrivalsMs.at(-1) ?? 0));
  const tokens = records.reduce((sum, record) => sum + (record.generatedTokens ?? record.tokenCounts.length), 0);
  return ((tokens - records.length) / (endMs - firstMs)) * 1000;
}
