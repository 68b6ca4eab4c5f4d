import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GenerationEvent } from "../protocol/generation.js";
import { GenerationLog } from "./GenerationLog.js";

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

describe("GenerationLog", () => {
  it("[GL1] numbers entries from 1 without a gap", () => {
    const log = new GenerationLog();
    log.append({ type: "phase", phase: { phase: "answering" } });
    log.append({ type: "text", text: "a", tokenCount: 1 });
    expect(log.read(0).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(log.read(1).map(({ seq }) => seq)).toEqual([2]);
    expect(log.read(2)).toEqual([]);
  });

  it("[GL4] takes nothing after the end", () => {
    const log = new GenerationLog();
    expect(log.append({ type: "end", stopReason: "end" })).toBe(true);
    expect(log.append({ type: "text", text: "late", tokenCount: 1 })).toBe(false);
    expect(log.lastSeq).toBe(1);
  });

  it("[GL3] loses and doubles nothing for any reader, however often it comes and goes, though old entries are folded", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, maxLength: 4 }), { maxLength: 80 }),
        fc.array(fc.nat(10), { maxLength: 40 }),
        fc.integer({ min: 2, max: 12 }),
        (pieces, reads, keptEvents) => {
          const log = new GenerationLog({ keptEvents });
          const states = [0, 1, 2].map(() => ({ text: "", cursor: 0 }));
          for (const [index, text] of pieces.entries()) {
            log.append({ type: "text", text, tokenCount: 1 });
            const reader = states[reads[index] ?? 3];
            if (reader !== undefined) apply(reader, log.read(reader.cursor));
          }
          log.append({ type: "end", stopReason: "end" });
          for (const state of states) {
            apply(state, log.read(state.cursor));
            expect(state.text).toBe(pieces.join(""));
            expect(state.cursor).toBe(log.lastSeq);
          }
          expect(log.text).toBe(pieces.join(""));
        },
      ),
    );
  });

  it("[GL3] keeps a bounded number of entries", () => {
    const log = new GenerationLog({ keptEvents: 10 });
    for (let n = 0; n < 1000; n++) log.append({ type: "text", text: "x", tokenCount: 1 });
    const events = log.read(0);
    expect(events.length).toBeLessThanOrEqual(11);
    expect(events[0]).toMatchObject({ type: "snapshot" });
    expect(events.reduce((sum, event) => sum + ("tokenCount" in event ? event.tokenCount : 0), 0)).toBe(1000);
  });

  it("[GL2] journals an entry before it wakes a reader", () => {
    const order: string[] = [];
    const log = new GenerationLog({ journal: (event) => order.push(`journal ${event.seq}`) });
    log.subscribe(() => order.push(`reader ${log.lastSeq}`));
    log.append({ type: "text", text: "a", tokenCount: 1 });
    log.append({ type: "end", stopReason: "end" });
    expect(order).toEqual(["journal 1", "reader 1", "journal 2", "reader 2"]);
  });

  it("lets a reader leave while it is being woken", () => {
    const log = new GenerationLog();
    let woken = 0;
    const leave = log.subscribe(() => {
      woken++;
      leave();
    });
    log.append({ type: "text", text: "a", tokenCount: 1 });
    log.append({ type: "text", text: "b", tokenCount: 1 });
    expect(woken).toBe(1);
  });
});
