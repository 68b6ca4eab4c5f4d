import { toolCallGrammar } from "../../chat/toolCallGrammar.js";
import { AppError } from "../../platform/AppError.js";
import type { ToolDefinition } from "../../prompts/PromptTurn.js";
import { toolsUnsupported } from "../../prompts/renderPrompt.js";
import { ToolCallParser } from "../../prompts/ToolCallParser.js";
import type { ToolFormat } from "../../prompts/toolFormat.js";
import type { ApiServices } from "../ApiServices.js";
import type { ChatCompletionRequest } from "./chatCompletionSchema.js";

/** What a request with tools asks of the model and of its reply. */
export interface ToolPlan {
  /** Put into the prompt. */
  tools: ToolDefinition[];
  /** Forces a call; absent when the model decides. */
  grammar: string | undefined;
  /** One per choice. */
  parser(): ToolCallParser;
  /** At most one call is answered. */
  single: boolean;
}

/**
 * Reads `tools` and `tool_choice`; `undefined` when there is nothing to call. Loads the model, because its template decides how a
 * call is written. Throws `tools_unsupported` for a model that cannot call, `bad_request` for a choice or schema that does not fit.
 */
export async function planTools(
  services: ApiServices,
  modelId: string,
  body: ChatCompletionRequest,
): Promise<ToolPlan | undefined> {
  const { tool_choice: choice } = body;
  const defined = (body.tools ?? []).map(({ function: { name, description, parameters } }) => ({
    name,
    ...(typeof description === "string" ? { description } : {}),
    ...(parameters === null || parameters === undefined ? {} : { parameters }),
  }));
  if (defined.length === 0) {
    if (choice !== undefined && choice !== null && choice !== "none" && choice !== "auto")
      throw new AppError("bad_request", '"tool_choice" needs "tools".', { field: "tool_choice" });
    return undefined;
  }
  if (choice === "none") return undefined;
  const format = await toolFormat(services, modelId);
  const forced = forcedTools(defined, choice);
  if (forced !== undefined && (body.grammar || body.json_schema || (body.response_format?.type ?? "text") !== "text"))
    throw new AppError("bad_request", "A reply that must be a call can follow no other grammar.", {
      field: "tool_choice",
    });
  return {
    tools: defined,
    grammar: forced === undefined ? undefined : forcedGrammar(format, forced),
    parser: () =>
      new ToolCallParser(
        format,
        defined.map(({ name }) => name),
      ),
    single: body.parallel_tool_calls === false,
  };
}

async function toolFormat({ registry, pool }: ApiServices, modelId: string): Promise<ToolFormat> {
  const model = registry.get(modelId);
  if (model.promptFormat !== "template") throw toolsUnsupported();
  const worker = await pool.acquire(model, () => {});
  const format = worker.info?.toolFormat;
  if (format === undefined) throw toolsUnsupported();
  return format;
}

/** The tools that one of must be called; `undefined` when none has to be. */
function forcedTools(
  tools: readonly ToolDefinition[],
  choice: ChatCompletionRequest["tool_choice"],
): readonly ToolDefinition[] | undefined {
  if (choice === "required") return tools;
  if (typeof choice !== "object" || choice === null) return undefined;
  const named = tools.find(({ name }) => name === choice.function.name);
  if (named === undefined)
    throw new AppError("bad_request", `There is no tool called "${choice.function.name}".`, { field: "tool_choice" });
  return [named];
}

function forcedGrammar(format: ToolFormat, tools: readonly ToolDefinition[]): string {
  try {
    return toolCallGrammar(format, tools);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "bad_request") throw error;
    throw new AppError("bad_request", error.message, { field: "tools", cause: error });
  }
}
