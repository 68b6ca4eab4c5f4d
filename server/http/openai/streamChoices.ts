import type { AppError } from "../../platform/AppError.js";
import type { GenerationEvent, GenerationStats } from "../../protocol/generation.js";
import type { EventStream } from "../EventStream.js";
import { endFailure, type WholeReason, wholeReason } from "../endFailure.js";
import { followGeneration } from "../followGeneration.js";
import { statsByPrompt } from "./collectChoices.js";
import { toOpenAiError } from "./openAiError.js";
import type { Choice } from "./startChoices.js";

/** How an endpoint words what happens to its choices. Each function sends what it has to say. */
export interface ChoiceWriter {
  /** The model has begun with this choice: nothing about the request can be wrong any more. */
  begin(choice: Choice): void;
  text(choice: Choice, event: GenerationEvent & { type: "text" }): void;
  end(choice: Choice, stopReason: WholeReason, stats: GenerationStats | undefined): void;
  /** All have ended; `stats` are `[prompts][choices]`. */
  usage(stats: GenerationStats[][]): void;
}

/**
 * Sends the choices' events as they come, then `[DONE]`. An error before the stream is open rejects, so that it is answered with
 * its status; a later one is sent as an event, which ends the stream, as OpenAI does it.
 */
export function streamChoices(stream: EventStream, choices: readonly Choice[], writer: ChoiceWriter): Promise<void> {
  return new Promise((resolve, reject) => {
    let running = choices.length;
    let failed = false;
    const stats: (GenerationStats | undefined)[] = [];
    const fail = (error: AppError) => {
      failed = true;
      for (const { generation } of choices) generation.stop();
      if (!stream.opened) {
        stream.cancel();
        reject(error);
        return;
      }
      stream.send(toOpenAiError(error));
      stream.end();
      resolve();
    };
    for (const choice of choices) {
      let begun = false;
      const begin = () => {
        if (begun) return;
        begun = true;
        writer.begin(choice);
      };
      followGeneration(choice.generation, (event) => {
        if (failed) return;
        if (event.type === "phase") {
          if (event.phase.phase === "reading" || event.phase.phase === "answering") begin();
        } else if (event.type === "text") {
          begin();
          writer.text(choice, event);
        } else if (event.type === "end") {
          const failure = endFailure(event);
          if (failure !== undefined) {
            fail(failure);
            return;
          }
          begin();
          stats[choice.index] = event.stats;
          writer.end(choice, wholeReason(event), event.stats);
          if (--running > 0) return;
          writer.usage(statsByPrompt(choices, stats));
          stream.end("[DONE]");
          resolve();
        }
      });
    }
  });
}
