import type { Request, Response } from "express";
import { AppError } from "../../platform/AppError.js";
import { randomId } from "../../platform/randomId.js";
import type { PromptTurn } from "../../prompts/PromptTurn.js";
import type { ApiServices } from "../ApiServices.js";
import { principalOf } from "../authorizeRequest.js";
import { clientOf } from "../clientOf.js";
import { EventStream } from "../EventStream.js";
import { parseBody } from "../parseBody.js";
import { planTools } from "../planTools.js";
import { resolveModelId } from "../resolveModelId.js";
import { stopWhenGone } from "../stopWhenGone.js";
import {
  type ChatCompletionRequest,
  type ChatMessage,
  chatCompletionRequestSchema,
  contentText,
  formatSchema,
  unsupportedChatFields,
} from "./chatCompletionSchema.js";
import { chatChoice, chatWriter } from "./chatReply.js";
import { collectChoices, statsByPrompt } from "./collectChoices.js";
import { priorityOf, refuseUnsupported } from "./commonFields.js";
import { answerHead, docsHint, maxTokensOf } from "./openAiAnswer.js";
import { timingsOf, usageOf } from "./replyFigures.js";
import { given, toSampling } from "./samplingFields.js";
import { startChoices } from "./startChoices.js";
import { streamChoices } from "./streamChoices.js";
import { toolRequest } from "./toolRequest.js";

/** `POST /v1/chat/completions`. */
export async function createChatCompletion(services: ApiServices, request: Request, response: Response): Promise<void> {
  const body = parseBody(chatCompletionRequestSchema, request.body, docsHint);
  refuseUnsupported(body, unsupportedChatFields);
  const sampling = {
    ...toSampling(body, maxTokensOf(body.max_completion_tokens, body.max_tokens)),
    ...given({ jsonSchema: formatSchema(body.response_format), alternatives: alternatives(body) }),
  };
  const modelId = resolveModelId(services.registry, body.model);
  const wish = toolRequest(body);
  const plan = wish === undefined ? undefined : await planTools(services, modelId, wish);
  const choices = startChoices(services, {
    by: principalOf(request),
    modelId,
    inputs: [{ turns: body.messages.map(toTurn), ...given({ tools: plan?.tools }) }],
    count: body.n ?? 1,
    sampling: { ...sampling, ...given({ grammar: plan?.grammar }) },
    options: {
      cachePrompt: body.cache_prompt ?? true,
      contextShift: body.context_shift ?? false,
      completeAtLimit: plan?.grammar !== undefined,
    },
    client: clientOf(request),
    priority: priorityOf(body),
  });
  stopWhenGone(
    response,
    choices.map(({ generation }) => generation),
  );
  const head = answerHead(`chatcmpl-${randomId()}`, choices);
  if (body.stream === true) {
    const stream = new EventStream(response);
    const includeUsage = body.stream_options?.include_usage === true;
    return streamChoices(stream, choices, chatWriter({ stream, head, includeUsage }, plan));
  }
  const collected = await collectChoices(choices);
  const stats = statsByPrompt(
    choices,
    collected.map(({ stats }) => stats),
  );
  const first = collected[0]?.stats;
  response.json({
    ...head,
    object: "chat.completion",
    choices: collected.map((reply, index) => chatChoice(reply, index, plan)),
    usage: usageOf(stats),
    ...(first === undefined ? {} : { timings: timingsOf(first) }),
  });
}

/** How many alternatives to report with each token; `undefined`: nothing is reported. */
function alternatives({ logprobs, top_logprobs: top }: ChatCompletionRequest): number | undefined {
  if (logprobs === true) return top ?? 0;
  if (typeof top === "number")
    throw new AppError("bad_request", '"top_logprobs" needs "logprobs": true.', { field: "top_logprobs" });
  return undefined;
}

function toTurn(message: ChatMessage): PromptTurn {
  const content = contentText(message.content);
  if (message.role === "tool")
    return { role: "tool", content, toolCallId: message.tool_call_id, ...given({ name: message.name }) };
  if (message.role === "developer") return { role: "system", content };
  if (message.role !== "assistant" || !message.tool_calls) return { role: message.role, content };
  const toolCalls = message.tool_calls.map(({ id, function: called }) => ({ id, ...called }));
  return { role: "assistant", content, toolCalls };
}
