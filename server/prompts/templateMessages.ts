import type { PromptTurn, ToolDefinition } from "./PromptTurn.js";

/**
 * A turn under the names that Hugging Face's chat templates know.
 * Source: https://huggingface.co/docs/transformers/chat_templating, `apply_chat_template`.
 */
export function templateMessage(turn: PromptTurn): object {
  const { role, content } = turn;
  if (turn.role === "tool")
    return {
      role,
      content,
      ...(turn.name === undefined ? {} : { name: turn.name }),
      ...(turn.toolCallId === undefined ? {} : { tool_call_id: turn.toolCallId }),
    };
  if (turn.toolCalls === undefined || turn.toolCalls.length === 0) return { role, content };
  return {
    role,
    content,
    tool_calls: turn.toolCalls.map(({ id, name, arguments: given }) => ({
      id,
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
