import { randomId } from "../../platform/randomId.js";
import type { ParsedPiece, ToolCallParser, WrittenCall } from "../../prompts/ToolCallParser.js";
import type { StopReason } from "../../protocol/generation.js";
import type { Collected } from "../collectGeneration.js";
import type { EventStream } from "../EventStream.js";
import { chatLogprobs } from "./logprobs.js";
import { finishReason, timingsOf, usageOf } from "./replyFigures.js";
import type { ChoiceWriter } from "./streamChoices.js";
import type { ToolPlan } from "./toolRequest.js";

/** One entry of `choices` of a whole answer. */
export function chatChoice({ text, tokens, stopReason }: Collected, index: number, plan: ToolPlan | undefined) {
  const reply = new ReplyParser(plan);
  const pieces = [reply.push(text), reply.flush()];
  const content = pieces.map((piece) => piece.content).join("");
  const calls = pieces.flatMap((piece) => piece.calls).map(toolCall);
  return {
    index,
    message: {
      role: "assistant",
      content: calls.length > 0 && content === "" ? null : content,
      refusal: null,
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
    },
    logprobs: tokens === undefined ? null : chatLogprobs(tokens),
    finish_reason: chatFinishReason(stopReason, calls.length),
  };
}

export interface ChatStream {
  stream: EventStream;
  /** What every chunk begins with. */
  head: object;
  includeUsage: boolean;
}

/** Words a streamed chat completion: chunks with what is new, the last of each choice with its finish reason and timings. */
export function chatWriter({ stream, head, includeUsage }: ChatStream, plan: ToolPlan | undefined): ChoiceWriter {
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
  const replies: ReplyParser[] = [];
  const replyOf = (index: number): ReplyParser => {
    replies[index] ??= new ReplyParser(plan);
    return replies[index];
  };
  const sendPiece = (index: number, { content, calls }: ParsedPiece, before: number, logprobs: object | null) => {
    if (content !== "" || (logprobs !== null && calls.length === 0)) send([piece(index, { content }, logprobs)]);
    for (const [number, call] of calls.entries())
      send([
        piece(index, { tool_calls: [{ index: before + number, ...toolCall(call) }] }, number > 0 ? null : logprobs),
      ]);
  };
  return {
    begin: ({ index }) => send([piece(index, { role: "assistant", content: "", refusal: null })]),
    text: ({ index }, { text, tokens }) => {
      const reply = replyOf(index);
      const before = reply.calls;
      sendPiece(index, reply.push(text), before, tokens === undefined ? null : chatLogprobs(tokens));
    },
    end: ({ index }, stopReason, stats) => {
      const reply = replyOf(index);
      const before = reply.calls;
      sendPiece(index, reply.flush(), before, null);
      send(
        [piece(index, {}, null, chatFinishReason(stopReason, reply.calls))],
        stats === undefined ? {} : { timings: timingsOf(stats) },
      );
    },
    usage: (stats) => {
      if (includeUsage) send([], { usage: usageOf(stats) });
    },
  };
}

/** Parts a reply into text and calls; without tools all of it is text. */
class ReplyParser {
  readonly #parser: ToolCallParser | undefined;
  readonly #single: boolean;
  #calls = 0;

  constructor(plan: ToolPlan | undefined) {
    this.#parser = plan?.parser();
    this.#single = plan?.single ?? false;
  }

  /** Calls that were found so far. */
  get calls(): number {
    return this.#calls;
  }

  push(text: string): ParsedPiece {
    return this.#count(this.#parser?.push(text) ?? { content: text, calls: [] });
  }

  flush(): ParsedPiece {
    return this.#count(this.#parser?.flush() ?? { content: "", calls: [] });
  }

  #count({ content, calls }: ParsedPiece): ParsedPiece {
    const wanted = this.#single ? calls.slice(0, Math.max(0, 1 - this.#calls)) : calls;
    this.#calls += wanted.length;
    return { content, calls: wanted };
  }
}

function toolCall({ name, arguments: given }: WrittenCall) {
  return { id: `call_${randomId()}`, type: "function", function: { name, arguments: given } };
}

function chatFinishReason(stopReason: StopReason, calls: number): "stop" | "length" | "tool_calls" {
  const reason = finishReason(stopReason);
  return reason === "stop" && calls > 0 ? "tool_calls" : reason;
}
