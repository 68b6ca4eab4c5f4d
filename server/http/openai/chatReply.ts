import { randomId } from "../../platform/randomId.js";
import type { ParsedPiece, WrittenCall } from "../../prompts/ToolCallParser.js";
import type { Collected } from "../collectGeneration.js";
import type { EventStream } from "../EventStream.js";
import type { WholeReason } from "../endFailure.js";
import type { ToolPlan } from "../planTools.js";
import { ReplyParser } from "../ReplyParser.js";
import { chatLogprobs } from "./logprobs.js";
import { finishReason, timingsOf, usageOf } from "./replyFigures.js";
import type { ChoiceWriter } from "./streamChoices.js";

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

function toolCall({ name, arguments: given }: WrittenCall) {
  return { id: `call_${randomId()}`, type: "function", function: { name, arguments: given } };
}

function chatFinishReason(stopReason: WholeReason, calls: number): "stop" | "length" | "tool_calls" {
  const reason = finishReason(stopReason);
  return reason === "stop" && calls > 0 ? "tool_calls" : reason;
}
