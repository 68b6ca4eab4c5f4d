import { resolveSampling } from "../chat/resolveSampling.js";
import { randomId } from "../platform/randomId.js";
import type { ModelWorker } from "../workers/ModelWorker.js";
import { newRecord, type StreamRecord } from "./clients/StreamRequest.js";
import { monotonicMs } from "./monotonicMs.js";

/** One greedy reply straight from a worker process, without the server around it; the prompt's cache is not used. */
export function runInWorker(worker: ModelWorker, prompt: string, maxTokens: number): Promise<StreamRecord> {
  const record = newRecord(monotonicMs());
  return new Promise((resolve, reject) => {
    worker.generate(
      {
        id: randomId(),
        input: { text: prompt },
        sampling: resolveSampling({ temperature: 0, repeatPenalty: 1, ignoreEos: true, maxTokens }),
        client: "bench",
        owner: "bench",
        priority: "watched",
        options: { cachePrompt: false },
      },
      {
        queued: () => {},
        reading: () => {},
        text: (text, tokenCount) => {
          record.arrivalsMs.push(monotonicMs());
          record.tokenCounts.push(tokenCount);
          record.text += text;
        },
        done: ({ stats, stopReason }) => resolve({ ...record, ...stats, stopReason, endMs: monotonicMs() }),
        failed: reject,
      },
    );
  });
}
