import { resolveSampling } from "../chat/resolveSampling.js";
import { randomId } from "../platform/randomId.js";
import type { Sampling } from "../protocol/sampling.js";
import type { ModelWorker } from "../workers/ModelWorker.js";
import type { GenerateOptions, PromptInput, WorkerMessage } from "../workers/messages.js";

/** What came of one generation in a worker. */
export interface Outcome {
  pieces: string[];
  text: string;
  done: WorkerMessage & { type: "done" };
  readings: { evaluatedTokens: number; promptTokens: number }[];
}

/** Runs one generation; `onReading` may stop it, `onText` hears of every piece of the reply. */
export function generateInWorker(
  worker: ModelWorker,
  input: PromptInput,
  sampling: Sampling,
  onReading: (evaluatedTokens: number, stop: () => void) => void = () => {},
  owner = "local",
  options: GenerateOptions = {},
  onText: (text: string) => void = () => {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const id = randomId();
    const pieces: string[] = [];
    const readings: Outcome["readings"] = [];
    worker.generate(
      { id, input, sampling: resolveSampling(sampling), client: id, owner, priority: "watched", options },
      {
        queued: () => {},
        reading: (evaluatedTokens, promptTokens) => {
          readings.push({ evaluatedTokens, promptTokens });
          onReading(evaluatedTokens, () => worker.stop(id));
        },
        text: (text) => {
          pieces.push(text);
          onText(text);
        },
        done: (done) => resolve({ pieces, text: pieces.join(""), done, readings }),
        failed: reject,
      },
    );
  });
}
