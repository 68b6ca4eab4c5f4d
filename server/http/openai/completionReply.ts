import type { Collected } from "../collectGeneration.js";
import type { ChatStream } from "./chatReply.js";
import { completionLogprobs } from "./logprobs.js";
import { finishReason, timingsOf, usageOf } from "./replyFigures.js";
import type { ChoiceWriter } from "./streamChoices.js";

/** One entry of `choices` of a whole answer. */
export function completionChoice({ text, tokens, stopReason }: Collected, index: number, withLogprobs: boolean) {
  return {
    index,
    text,
    logprobs: withLogprobs ? completionLogprobs(tokens ?? [], 0) : null,
    finish_reason: finishReason(stopReason),
  };
}

/** Words a streamed completion: chunks with what is new, the last of each choice with its finish reason and timings. */
export function completionWriter({ stream, head, includeUsage }: ChatStream): ChoiceWriter {
  const send = (choices: object[], extra: object = {}) =>
    stream.send({ ...head, choices, ...(includeUsage ? { usage: null } : {}), ...extra });
  const piece = (index: number, text: string, logprobs: object | null, reason: string | null) => ({
    index,
    text,
    logprobs,
    finish_reason: reason,
  });
  /** Length of what was sent of each choice: where its next token stands. */
  const offsets: number[] = [];
  return {
    begin: () => {},
    text: ({ index }, { text, tokens }) => {
      const offset = offsets[index] ?? 0;
      offsets[index] = offset + text.length;
      send([piece(index, text, tokens === undefined ? null : completionLogprobs(tokens, offset), null)]);
    },
    end: ({ index }, stopReason, stats) =>
      send(
        [piece(index, "", null, finishReason(stopReason))],
        stats === undefined ? {} : { timings: timingsOf(stats) },
      ),
    usage: (stats) => {
      if (includeUsage) send([], { usage: usageOf(stats) });
    },
  };
}
