import type { Collected } from "../collectGeneration.js";
import type { EventStream } from "../EventStream.js";
import { chatLogprobs } from "./logprobs.js";
import { finishReason, timingsOf, usageOf } from "./replyFigures.js";
import type { ChoiceWriter } from "./streamChoices.js";

/** One entry of `choices` of a whole answer. */
export function chatChoice({ text, tokens, stopReason }: Collected, index: number) {
  return {
    index,
    message: { role: "assistant", content: text, refusal: null },
    logprobs: tokens === undefined ? null : chatLogprobs(tokens),
    finish_reason: finishReason(stopReason),
  };
}

export interface ChatStream {
  stream: EventStream;
  /** What every chunk begins with. */
  head: object;
  includeUsage: boolean;
}

/** Words a streamed chat completion: chunks with what is new, the last of each choice with its finish reason and timings. */
export function chatWriter({ stream, head, includeUsage }: ChatStream): ChoiceWriter {
  const send = (choices: object[], extra: object = {}) =>
    stream.send({
      ...head,
      object: "chat.completion.chunk",
      choices,
      ...(includeUsage ? { usage: null } : {}),
      ...extra,
    });
  const piece = (index: number, delta: object, logprobs: object | null = null, reason: string | null = null) => ({
    index,
    delta,
    logprobs,
    finish_reason: reason,
  });
  return {
    begin: ({ index }) => send([piece(index, { role: "assistant", content: "", refusal: null })]),
    text: ({ index }, { text, tokens }) =>
      send([piece(index, { content: text }, tokens === undefined ? null : chatLogprobs(tokens))]),
    end: ({ index }, stopReason, stats) =>
      send(
        [piece(index, {}, null, finishReason(stopReason))],
        stats === undefined ? {} : { timings: timingsOf(stats) },
      ),
    usage: (stats) => {
      if (includeUsage) send([], { usage: usageOf(stats) });
    },
  };
}
