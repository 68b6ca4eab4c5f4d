import type { Request, Response } from "express";
import { randomId } from "../../platform/randomId.js";
import type { ChatTurn } from "../../protocol/events.js";
import type { ApiServices } from "../ApiServices.js";
import type { Collected } from "../collectGeneration.js";
import { EventStream } from "../EventStream.js";
import { parseBody } from "../parseBody.js";
import { stopWhenGone } from "../stopWhenGone.js";
import {
  type ChatCompletionRequest,
  type ChatMessage,
  chatCompletionRequestSchema,
  contentText,
} from "./chatCompletionSchema.js";
import { collectChoices, statsByPrompt } from "./collectChoices.js";
import { answerHead, docsHint, maxTokensOf } from "./openAiAnswer.js";
import { finishReason, timingsOf, usageOf } from "./replyFigures.js";
import { toSampling } from "./samplingFields.js";
import { type Choice, startChoices } from "./startChoices.js";
import { streamChoices } from "./streamChoices.js";

/** `POST /v1/chat/completions`. */
export async function createChatCompletion(services: ApiServices, request: Request, response: Response): Promise<void> {
  const body = parseBody(chatCompletionRequestSchema, request.body, docsHint);
  const choices = startChoices(services, {
    model: body.model,
    inputs: [{ turns: body.messages.map(toTurn) }],
    count: body.n ?? 1,
    sampling: toSampling(body, maxTokensOf(body.max_completion_tokens, body.max_tokens)),
    options: { cachePrompt: body.cache_prompt ?? true },
  });
  stopWhenGone(
    response,
    choices.map(({ generation }) => generation),
  );
  const head = answerHead(`chatcmpl-${randomId()}`, choices);
  if (body.stream === true) return streamChat(response, choices, head, body);

  const collected = await collectChoices(choices);
  const stats = statsByPrompt(
    choices,
    collected.map(({ stats }) => stats),
  );
  const first = collected[0]?.stats;
  response.json({
    ...head,
    object: "chat.completion",
    choices: collected.map(chatChoice),
    usage: usageOf(stats),
    ...(first === undefined ? {} : { timings: timingsOf(first) }),
  });
}

function chatChoice({ text, stopReason }: Collected, index: number) {
  return {
    index,
    message: { role: "assistant", content: text, refusal: null },
    logprobs: null,
    finish_reason: finishReason(stopReason),
  };
}

function streamChat(
  response: Response,
  choices: readonly Choice[],
  head: object,
  { stream_options: options }: ChatCompletionRequest,
): Promise<void> {
  const stream = new EventStream(response);
  const withUsage = options?.include_usage === true;
  const send = (choice: object | undefined, extra: object = {}) =>
    stream.send({
      ...head,
      object: "chat.completion.chunk",
      choices: choice === undefined ? [] : [choice],
      ...(withUsage ? { usage: null } : {}),
      ...extra,
    });
  const delta = (index: number, content: object, reason: string | null = null) => ({
    index,
    delta: content,
    logprobs: null,
    finish_reason: reason,
  });
  return streamChoices(stream, choices, {
    begin: ({ index }) => send(delta(index, { role: "assistant", content: "", refusal: null })),
    text: ({ index }, { text }) => send(delta(index, { content: text })),
    end: ({ index }, stopReason, stats) =>
      send(delta(index, {}, finishReason(stopReason)), stats === undefined ? {} : { timings: timingsOf(stats) }),
    usage: (stats) => {
      if (withUsage) send(undefined, { usage: usageOf(stats) });
    },
  });
}

function toTurn(message: ChatMessage): ChatTurn {
  return { role: message.role === "developer" ? "system" : message.role, content: contentText(message.content) };
}
