import { describe, expect, it } from "vitest";
import { describeGenerationLog } from "../test/generationLogContract.js";
import { MemoryGenerationLog } from "./MemoryGenerationLog.js";

describeGenerationLog(
  "MemoryGenerationLog",
  () =>
    Promise.resolve({
      open: (options) => {
        const log = new MemoryGenerationLog(options);
        return Promise.resolve({ log, reader: log, settled: () => Promise.resolve() });
      },
      close: () => Promise.resolve(),
    }),
  100,
);

describe("MemoryGenerationLog", () => {
  it("[GL1] [GL2] numbers from 1 on, and journals every entry before it wakes a reader, at once", () => {
    const order: string[] = [];
    const log = new MemoryGenerationLog({
      journal: (event) => {
        order.push(`journal ${event.seq}`);
      },
    });
    log.subscribe(() => order.push(`reader ${log.lastSeq}`));
    log.append({ type: "text", text: "a", tokenCount: 1 });
    log.append({ type: "end", stopReason: "end" });
    expect(order).toEqual(["journal 1", "reader 1", "journal 2", "reader 2"]);
  });
});
