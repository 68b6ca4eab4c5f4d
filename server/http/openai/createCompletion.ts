import type { Request, Response } from "express";
import type { GenerationInput } from "../../chat/GenerationService.js";
import { randomId } from "../../platform/randomId.js";
import type { ApiServices } from "../ApiServices.js";
import { EventStream } from "../EventStream.js";
import { parseBody } from "../parseBody.js";
import { stopWhenGone } from "../stopWhenGone.js";
import { collectChoices, statsByPrompt } from "./collectChoices.js";
import { type CompletionRequest, completionRequestSchema } from "./completionSchema.js";
import { answerHead, docsHint } from "./openAiAnswer.js";
import { finishReason, timingsOf, usageOf } from "./replyFigures.js";
import { toSampling } from "./samplingFields.js";
import { type Choice, startChoices } from "./startChoices.js";
import { streamChoices } from "./streamChoices.js";

/** `POST /v1/completions`. */
export async function createCompletion(services: ApiServices, request: Request, response: Response): Promise<void> {
  const body = parseBody(completionRequestSchema, request.body, docsHint);
  const choices = startChoices(services, {
    model: body.model,
    inputs: promptInputs(body.prompt),
    count: body.n ?? 1,
    sampling: toSampling(body, body.max_tokens),
    options: { cachePrompt: body.cache_prompt ?? true, echo: body.echo ?? false },
  });
  stopWhenGone(
    response,
    choices.map(({ generation }) => generation),
  );
  const head = { ...answerHead(`cmpl-${randomId()}`, choices), object: "text_completion" };
  if (body.stream === true) return streamCompletion(response, choices, head, body);

  const collected = await collectChoices(choices);
  const stats = statsByPrompt(
    choices,
    collected.map(({ stats }) => stats),
  );
  const first = collected[0]?.stats;
  response.json({
    ...head,
    choices: collected.map(({ text, stopReason }, index) => ({
      index,
      text,
      logprobs: null,
      finish_reason: finishReason(stopReason),
    })),
    usage: usageOf(stats),
    ...(first === undefined ? {} : { timings: timingsOf(first) }),
  });
}

function streamCompletion(
  response: Response,
  choices: readonly Choice[],
  head: object,
  { stream_options: options }: CompletionRequest,
): Promise<void> {
  const stream = new EventStream(response);
  const withUsage = options?.include_usage === true;
  const send = (choice: object | undefined, extra: object = {}) =>
    stream.send({
      ...head,
      choices: choice === undefined ? [] : [choice],
      ...(withUsage ? { usage: null } : {}),
      ...extra,
    });
  const piece = (index: number, text: string, reason: string | null = null) => ({
    index,
    text,
    logprobs: null,
    finish_reason: reason,
  });
  return streamChoices(stream, choices, {
    begin: () => {},
    text: ({ index }, { text }) => send(piece(index, text)),
    end: ({ index }, stopReason, stats) =>
      send(piece(index, "", finishReason(stopReason)), stats === undefined ? {} : { timings: timingsOf(stats) }),
    usage: (stats) => {
      if (withUsage) send(undefined, { usage: usageOf(stats) });
    },
  });
}

/** One input per prompt: a text, several texts, tokens, or several lists of tokens. */
function promptInputs(prompt: CompletionRequest["prompt"]): GenerationInput[] {
  if (typeof prompt === "string") return [{ text: prompt }];
  if (isNumbers(prompt)) return [{ tokens: prompt }];
  return prompt.map((each) => (typeof each === "string" ? { text: each } : { tokens: each }));
}

function isNumbers(prompt: string[] | number[] | number[][]): prompt is number[] {
  return typeof prompt[0] === "number";
}
