import type { Request, Response } from "express";
import { AppError } from "../../platform/AppError.js";
import { randomId } from "../../platform/randomId.js";
import type { ApiServices } from "../ApiServices.js";
import { principalOf } from "../authorizeRequest.js";
import { clientOf } from "../clientOf.js";
import type { Collected } from "../collectGeneration.js";
import { EventStream } from "../EventStream.js";
import { parseBody } from "../parseBody.js";
import { resolveModelId } from "../resolveModelId.js";
import { stopWhenGone } from "../stopWhenGone.js";
import { collectChoices, statsByPrompt } from "./collectChoices.js";
import { priorityOf, refuseUnsupported } from "./commonFields.js";
import { completionChoice, completionWriter } from "./completionReply.js";
import { type CompletionRequest, completionRequestSchema, unsupportedCompletionFields } from "./completionSchema.js";
import { meanLogprob } from "./logprobs.js";
import { answerHead, docsHint } from "./openAiAnswer.js";
import { promptInputs } from "./promptInputs.js";
import { timingsOf, usageOf } from "./replyFigures.js";
import { given, toSampling } from "./samplingFields.js";
import { type Choice, startChoices } from "./startChoices.js";
import { streamChoices } from "./streamChoices.js";

/** `POST /v1/completions`. */
export async function createCompletion(services: ApiServices, request: Request, response: Response): Promise<void> {
  const body = parseBody(completionRequestSchema, request.body, docsHint);
  refuseUnsupported(body, unsupportedCompletionFields);
  const wanted = body.n ?? 1;
  const made = checkBestOf(body, wanted);
  const alternatives = body.logprobs ?? (made > wanted ? 0 : undefined);
  if (body.echo === true && typeof body.logprobs === "number")
    throw new AppError("unsupported_parameter", "The log probabilities of an echoed prompt are not computed.", {
      hint: "Ask for echo or for logprobs.",
      field: "echo",
    });
  const choices = startChoices(services, {
    by: principalOf(request),
    modelId: resolveModelId(services.registry, body.model),
    inputs: promptInputs(body.prompt),
    count: made,
    sampling: { ...toSampling(body, body.max_tokens), ...given({ alternatives }) },
    options: {
      cachePrompt: body.cache_prompt ?? true,
      contextShift: body.context_shift ?? false,
      echo: body.echo ?? false,
    },
    client: clientOf(request),
    priority: priorityOf(body),
  });
  stopWhenGone(
    response,
    choices.map(({ generation }) => generation),
  );
  const head = { ...answerHead(`cmpl-${randomId()}`, choices), object: "text_completion" };
  if (body.stream === true) {
    const stream = new EventStream(response);
    const includeUsage = body.stream_options?.include_usage === true;
    return streamChoices(stream, choices, completionWriter({ stream, head, includeUsage }));
  }
  const collected = await collectChoices(choices);
  const stats = statsByPrompt(
    choices,
    collected.map(({ stats }) => stats),
  );
  const first = collected[0]?.stats;
  const answered = made > wanted ? bestOf(choices, collected, wanted) : collected;
  response.json({
    ...head,
    choices: answered.map((reply, index) => completionChoice(reply, index, typeof body.logprobs === "number")),
    usage: usageOf(stats),
    ...(first === undefined ? {} : { timings: timingsOf(first) }),
  });
}

/** How many replies to make per prompt. Throws `bad_request` when they cannot be chosen from. */
function checkBestOf(body: CompletionRequest, wanted: number): number {
  const made = body.best_of ?? wanted;
  if (made < wanted)
    throw new AppError("bad_request", '"best_of" must be at least "n".', { hint: docsHint, field: "best_of" });
  if (made > wanted && body.stream === true)
    throw new AppError("bad_request", '"best_of" cannot be streamed: the best one is known at the end.', {
      hint: "Leave out best_of or stream.",
      field: "best_of",
    });
  return made;
}

/** The `wanted` most probable replies of each prompt, the most probable first. */
function bestOf(choices: readonly Choice[], collected: readonly Collected[], wanted: number): Collected[] {
  const prompts = new Set(choices.map(({ promptIndex }) => promptIndex));
  return [...prompts].flatMap((prompt) =>
    collected
      .filter((_, position) => choices[position]?.promptIndex === prompt)
      .sort((a, b) => meanLogprob(b.tokens ?? []) - meanLogprob(a.tokens ?? []))
      .slice(0, wanted),
  );
}
