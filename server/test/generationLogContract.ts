import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GenerationLog, Journal, ReadableLog } from "../chat/GenerationLog.js";
import type { GenerationEvent } from "../protocol/generation.js";

/** Logs of one kind, and what has to be cleaned up behind them. */
export interface LogsUnderTest {
  open(options: { journal?: Journal; keptEvents?: number }): Promise<LogUnderTest>;
  close(): Promise<void>;
}

export interface LogUnderTest {
  /** What is written to. */
  log: GenerationLog;
  /** What is read from: the same, or a view of it from elsewhere. */
  reader: ReadableLog;
  /** Resolves when everything that was appended can be read. */
  settled(): Promise<void>;
}

/** What a reader has after applying the entries, as the page does it. */
function apply(state: { text: string; cursor: number }, events: GenerationEvent[]): void {
  for (const event of events) {
    expect(event.seq).toBeGreaterThan(state.cursor);
    if (event.type === "snapshot") state.text = event.text;
    else {
      expect(event.seq).toBe(state.cursor + 1);
      if (event.type === "text") state.text += event.text;
    }
    state.cursor = event.seq;
  }
}

/** What every log of a generation keeps to. `numRuns`: how many random stories are told. */
export function describeGenerationLog(name: string, openLogs: () => Promise<LogsUnderTest>, numRuns: number): void {
  describe(`${name} keeps the contract of generation logs`, () => {
    let logs: LogsUnderTest;
    beforeAll(async () => {
      logs = await openLogs();
    });
    afterAll(() => logs.close());

    it("[GL1] numbers entries from 1 without a gap", async () => {
      const { log, reader, settled } = await logs.open({});
      log.append({ type: "phase", phase: { phase: "answering" } });
      log.append({ type: "text", text: "a", tokenCount: 1 });
      await settled();
      expect(reader.read(0).map(({ seq }) => seq)).toEqual([1, 2]);
      expect(reader.read(1).map(({ seq }) => seq)).toEqual([2]);
      expect(reader.read(2)).toEqual([]);
      expect(reader.ended).toBe(false);
    });

    it("gives back what was written, to the letter", async () => {
      const { log, reader, settled } = await logs.open({});
      const text = 'ä €\u0000 \u2028 "quoted" \\ 🦙 \uFFFD';
      log.append({ type: "phase", phase: { phase: "reading", evaluatedTokens: 1, promptTokens: 2 } });
      log.append({
        type: "text",
        text,
        tokenCount: 3,
        tokens: [{ id: 5, text: "ä", probability: 0.25, top: [{ id: 6, text: "b", probability: 0.5 }] }],
      });
      log.append({ type: "end", stopReason: "error", error: { code: "worker_died", message: "It died." } });
      await settled();
      expect(reader.text).toBe(text);
      expect(reader.ended).toBe(true);
      // The one that writes may hear of it after those that read.
      await expect.poll(() => log.read(0)).toEqual(reader.read(0));
      expect(reader.read(0)).toEqual([
        { seq: 1, type: "phase", phase: { phase: "reading", evaluatedTokens: 1, promptTokens: 2 } },
        {
          seq: 2,
          type: "text",
          text,
          tokenCount: 3,
          tokens: [{ id: 5, text: "ä", probability: 0.25, top: [{ id: 6, text: "b", probability: 0.5 }] }],
        },
        { seq: 3, type: "end", stopReason: "error", error: { code: "worker_died", message: "It died." } },
      ]);
    });

    it("[GL4] takes nothing after the end", async () => {
      const { log, reader, settled } = await logs.open({});
      expect(log.append({ type: "end", stopReason: "end" })).toBe(true);
      expect(log.append({ type: "text", text: "late", tokenCount: 1 })).toBe(false);
      await settled();
      expect(log.append({ type: "text", text: "late", tokenCount: 1 })).toBe(false);
      expect(reader.lastSeq).toBe(1);
      expect(reader.text).toBe("");
    });

    it("[GL3] loses and doubles nothing for any reader, however often it comes and goes, though old entries are folded", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.string({ minLength: 1, maxLength: 4 }), { maxLength: 80 }),
          fc.array(fc.nat(10), { maxLength: 40 }),
          fc.integer({ min: 2, max: 12 }),
          async (pieces, reads, keptEvents) => {
            const { log, reader, settled } = await logs.open({ keptEvents });
            const states = [0, 1, 2].map(() => ({ text: "", cursor: 0 }));
            for (const [index, text] of pieces.entries()) {
              log.append({ type: "text", text, tokenCount: 1 });
              if (index % 5 === 0) await settled();
              const state = states[reads[index] ?? 3];
              if (state !== undefined) apply(state, reader.read(state.cursor));
            }
            log.append({ type: "end", stopReason: "end" });
            await settled();
            for (const state of states) {
              apply(state, reader.read(state.cursor));
              expect(state.text).toBe(pieces.join(""));
              expect(state.cursor).toBe(reader.lastSeq);
            }
            expect(reader.text).toBe(pieces.join(""));
          },
        ),
        { numRuns },
      );
    });

    it("[GL3] keeps a bounded number of entries", async () => {
      const { log, reader, settled } = await logs.open({ keptEvents: 10 });
      for (let n = 0; n < 1000; n++) log.append({ type: "text", text: "x", tokenCount: 1 });
      await settled();
      const events = reader.read(0);
      expect(events.length).toBeLessThanOrEqual(11);
      expect(events[0]).toMatchObject({ type: "snapshot" });
      expect(events.reduce((sum, event) => sum + ("tokenCount" in event ? event.tokenCount : 0), 0)).toBe(1000);
    });

    it("[GL2] journals the end before it wakes a reader of it, and reads nothing that a reader was not woken for", async () => {
      const order: string[] = [];
      const { log, reader, settled } = await logs.open({
        journal: ({ type, seq }) => {
          if (type === "end") order.push(`journal ${seq}`);
        },
      });
      let seen = 0;
      reader.subscribe(() => {
        expect(reader.lastSeq).toBeGreaterThan(seen);
        seen = reader.lastSeq;
        if (reader.ended) order.push(`reader ${seen}`);
      });
      log.append({ type: "text", text: "a", tokenCount: 1 });
      log.append({ type: "end", stopReason: "end" });
      await settled();
      expect(order).toEqual(["journal 2", "reader 2"]);
      expect(seen).toBe(2);
    });

    it("lets a reader leave while it is being woken", async () => {
      const { log, reader, settled } = await logs.open({});
      let woken = 0;
      const leave = reader.subscribe(() => {
        woken++;
        leave();
      });
      log.append({ type: "text", text: "a", tokenCount: 1 });
      await settled();
      log.append({ type: "text", text: "b", tokenCount: 1 });
      await settled();
      expect(woken).toBe(1);
    });
  });
}
