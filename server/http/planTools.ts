import { toolCallGrammar } from "../chat/toolCallGrammar.js";
import { AppError } from "../platform/AppError.js";
import type { ToolDefinition } from "../prompts/PromptTurn.js";
import { ToolCallParser } from "../prompts/ToolCallParser.js";
import type { ToolFormat } from "../prompts/toolFormat.js";
import { toolsUnsupported } from "../prompts/toolsUnsupported.js";
import { jsonLength } from "../protocol/jsonSize.js";
import type { ApiServices } from "./ApiServices.js";

/** All tools of a request as JSON, in UTF-16 units: a grammar is made of them, while everybody waits. */
const maxToolsLength = 262_144;

/** What a client says of the functions that may be called. */
export interface ToolWish {
  tools: readonly ToolDefinition[];
  /** `named`: that one, and no other. */
  choice: "auto" | "required" | { named: string };
  /** At most one call is answered. */
  single: boolean;
}

/** What that asks of the prompt and of the reply. */
export interface ToolPlan {
  /** Put into the prompt. */
  tools: ToolDefinition[];
  /** Forces a call; absent when the model decides. */
  grammar: string | undefined;
  /** One per choice. */
  parser(): ToolCallParser;
  single: boolean;
}

/**
 * Plans a reply that may have calls. Loads the model, because its template decides how a call is written. Throws
 * `tools_unsupported` for a model that cannot call, `bad_request` for a choice or schema that does not fit.
 */
export async function planTools(services: ApiServices, modelId: string, wish: ToolWish): Promise<ToolPlan> {
  const { tools, choice, single } = wish;
  if (jsonLength(tools) > maxToolsLength)
    throw new AppError("bad_request", `The tools have more than ${maxToolsLength} characters.`, { field: "tools" });
  const format = await toolFormat(services, modelId);
  return {
    tools: [...tools],
    grammar: choice === "auto" ? undefined : forcedGrammar(format, forcedTools(tools, choice)),
    parser: () =>
      new ToolCallParser(
        format,
        tools.map(({ name }) => name),
      ),
    single,
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

/** The tools that one of must be called. */
function forcedTools(tools: readonly ToolDefinition[], choice: "required" | { named: string }) {
  if (choice === "required") return tools;
  const named = tools.find(({ name }) => name === choice.named);
  if (named === undefined)
    throw new AppError("bad_request", `There is no tool called "${choice.named}".`, { field: "tool_choice" });
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
