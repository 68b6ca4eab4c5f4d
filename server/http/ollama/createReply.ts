import type { Request, Response } from "express";
import { requireMachineOwner } from "../../access/Principal.js";
import type { GenerationInput } from "../../chat/GenerationService.js";
import { AppError } from "../../platform/AppError.js";
import type { PromptTurn } from "../../prompts/PromptTurn.js";
import type { ParsedPiece } from "../../prompts/ToolCallParser.js";
import type { Sampling } from "../../protocol/sampling.js";
import type { ApiServices } from "../ApiServices.js";
import { principalOf } from "../authorizeRequest.js";
import { clientOf } from "../clientOf.js";
import { parseBody } from "../parseBody.js";
import { planTools, type ToolPlan } from "../planTools.js";
import { resolveModelId } from "../resolveModelId.js";
import { answerReply } from "./answerReply.js";
import { applyKeepAlive, isUnload } from "./keepAlive.js";
import { ollamaName } from "./ollamaModels.js";
import {
  chatRequestSchema,
  formatToSchema,
  type GenerateRequest,
  generateRequestSchema,
  type OllamaMessage,
  optionsToSampling,
} from "./ollamaSchemas.js";

export const docsHint = "GET /docs lists what each request takes.";

/** `POST /api/generate`. */
export async function createGenerate(services: ApiServices, request: Request, response: Response): Promise<void> {
  const body = parseBody(generateRequestSchema, request.body, docsHint);
  const modelId = resolveModelId(services.registry, body.model);
  const prompt = body.prompt ?? "";
  const word = ({ content }: ParsedPiece) => ({ response: content });
  if (prompt === "") return loadOnly(services, modelId, body, { request, response }, word({ content: "", calls: [] }));
  const system: PromptTurn[] = body.system ? [{ role: "system", content: body.system }] : [];
  const input: GenerationInput =
    body.raw === true ? { text: prompt } : { turns: [...system, { role: "user", content: prompt }] };
  await reply(services, modelId, body, { request, response }, input, undefined, word);
}

/** `POST /api/chat`. */
export async function createChat(services: ApiServices, request: Request, response: Response): Promise<void> {
  const body = parseBody(chatRequestSchema, request.body, docsHint);
  const modelId = resolveModelId(services.registry, body.model);
  const messages = body.messages ?? [];
  if (messages.length === 0)
    return loadOnly(services, modelId, body, { request, response }, { message: { role: "assistant", content: "" } });
  const tools = (body.tools ?? []).map(({ function: { name, description, parameters } }) => ({
    name,
    ...(typeof description === "string" ? { description } : {}),
    ...(parameters === null || parameters === undefined ? {} : { parameters }),
  }));
  const plan =
    tools.length === 0 ? undefined : await planTools(services, modelId, { tools, choice: "auto", single: false });
  const input: GenerationInput = {
    turns: messages.map(toTurn),
    ...(plan === undefined ? {} : { tools: plan.tools }),
  };
  await reply(services, modelId, body, { request, response }, input, plan, ({ content, calls }) => ({
    message: {
      role: "assistant",
      content,
      ...(calls.length === 0
        ? {}
        : {
            tool_calls: calls.map((call) => ({ function: { name: call.name, arguments: JSON.parse(call.arguments) } })),
          }),
    },
  }));
}

type CommonRequest = Pick<
  GenerateRequest,
  "stream" | "format" | "options" | "keep_alive" | "think" | "logprobs" | "top_logprobs"
>;

async function reply(
  services: ApiServices,
  modelId: string,
  body: CommonRequest,
  { request, response }: { request: Request; response: Response },
  input: GenerationInput,
  plan: ToolPlan | undefined,
  word: (piece: ParsedPiece) => object,
): Promise<void> {
  const generation = services.generations.start({
    by: principalOf(request),
    modelId,
    input,
    sampling: samplingOf(body),
    client: clientOf(request),
  });
  try {
    await answerReply(generation, { response, stream: body.stream ?? true, plan, word });
  } finally {
    await applyKeepAlive(services, request, modelId, body.keep_alive);
  }
}

function samplingOf(body: CommonRequest): Sampling {
  if (body.think !== undefined && body.think !== null && body.think !== false)
    throw new AppError("unsupported_parameter", "This model does not think apart from its reply.", {
      hint: "Leave out think.",
      field: "think",
    });
  const jsonSchema = formatToSchema(body.format);
  return {
    ...optionsToSampling(body.options),
    ...(jsonSchema === undefined ? {} : { jsonSchema }),
    ...(body.logprobs === true ? { alternatives: body.top_logprobs ?? 0 } : {}),
  };
}

/** A request without anything to say loads the model, or with `keep_alive: 0` takes it out of memory. */
async function loadOnly(
  services: ApiServices,
  modelId: string,
  { keep_alive: keepAlive }: CommonRequest,
  { request, response }: { request: Request; response: Response },
  empty: object,
): Promise<void> {
  const unload = isUnload(keepAlive);
  const model = services.registry.get(modelId);
  if (!unload) await services.pool.acquire(model, () => {});
  else {
    requireMachineOwner(principalOf(request));
    // Nothing else is asked: that another server's model is not ours to unload is the answer then.
    if ("engine" in model) await services.pool.unload(modelId);
  }
  await applyKeepAlive(services, request, modelId, keepAlive);
  response.json({
    model: ollamaName(modelId),
    created_at: new Date().toISOString(),
    ...empty,
    done: true,
    done_reason: unload ? "unload" : "load",
  });
}

function toTurn(message: OllamaMessage): PromptTurn {
  const content = message.content ?? "";
  if (message.role === "tool")
    return {
      role: "tool",
      content,
      ...(message.tool_name ? { name: message.tool_name } : {}),
      ...(message.tool_call_id ? { toolCallId: message.tool_call_id } : {}),
    };
  if (message.role !== "assistant" || !message.tool_calls) return { role: message.role, content };
  return {
    role: "assistant",
    content,
    toolCalls: message.tool_calls.map(({ id, function: called }, index) => ({
      id: id ?? `call_${index}`,
      name: called.name,
      arguments: JSON.stringify(called.arguments ?? {}),
    })),
  };
}
