import { AppError } from "../../platform/AppError.js";
import type { ToolWish } from "../planTools.js";
import type { ChatCompletionRequest } from "./chatCompletionSchema.js";

/**
 * Reads `tools`, `tool_choice` and `parallel_tool_calls`; `undefined` when nothing may be called. Throws `bad_request` for what
 * does not go together.
 */
export function toolRequest(body: ChatCompletionRequest): ToolWish | undefined {
  const { tool_choice: choice } = body;
  const tools = (body.tools ?? []).map(({ function: { name, description, parameters } }) => ({
    name,
    ...(typeof description === "string" ? { description } : {}),
    ...(parameters === null || parameters === undefined ? {} : { parameters }),
  }));
  const forced = choice === "required" || (typeof choice === "object" && choice !== null);
  if (tools.length === 0 && forced)
    throw new AppError("bad_request", '"tool_choice" needs "tools".', { field: "tool_choice" });
  if (tools.length === 0 || choice === "none") return undefined;
  if (forced && (body.grammar || body.json_schema || (body.response_format?.type ?? "text") !== "text"))
    throw new AppError("bad_request", "A reply that must be a call can follow no other grammar.", {
      field: "tool_choice",
    });
  return {
    tools,
    choice: !forced ? "auto" : choice === "required" ? "required" : { named: choice.function.name },
    single: body.parallel_tool_calls === false,
  };
}
