import { createHash } from "node:crypto";
import type { PromptTurn, ToolDefinition } from "./PromptTurn.js";

/** Nine letters and digits that stand for an id: the same ones for the same id. */
export function shortId(id: string): string {
  return createHash("sha256").update(id).digest("hex").slice(0, 9);
}

/** The tool with an empty description for each parameter that has none. */
export function describeParameters(tool: ToolDefinition): ToolDefinition {
  const properties = tool.parameters?.properties;
  if (typeof properties !== "object" || properties === null) return tool;
  const described = Object.entries(properties).map(([name, schema]) => [
    name,
    typeof schema === "object" && schema !== null ? { description: "", ...schema } : schema,
  ]);
  return { ...tool, parameters: { ...tool.parameters, properties: Object.fromEntries(described) } };
}

/**
 * A turn under the names that Hugging Face's chat templates know.
 * Source: https://huggingface.co/docs/transformers/chat_templating, `apply_chat_template`.
 */
export function templateMessage(turn: PromptTurn, idOf: (id: string) => string = (id) => id): object {
  const { role, content } = turn;
  if (turn.role === "tool")
    return {
      role,
      content,
      ...(turn.name === undefined ? {} : { name: turn.name }),
      ...(turn.toolCallId === undefined ? {} : { tool_call_id: idOf(turn.toolCallId) }),
    };
  if (turn.toolCalls === undefined || turn.toolCalls.length === 0) return { role, content };
  return {
    role,
    content,
    tool_calls: turn.toolCalls.map(({ id, name, arguments: given }) => ({
      id: idOf(id),
      type: "function",
      // Templates write the arguments as JSON themselves.
      function: { name, arguments: parsed(given) },
    })),
  };
}

export function templateTool({ name, description, parameters }: ToolDefinition): object {
  return {
    type: "function",
    function: { name, description: description ?? "", parameters: parameters ?? { type: "object", properties: {} } },
  };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

/** A copy with every text in it, names included, put through `change`. */
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), mapTexts(item, change)]));
}
