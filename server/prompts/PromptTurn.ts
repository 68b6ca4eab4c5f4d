import type { ChatTurn } from "../protocol/events.js";

/** A function that the model may ask to be called. `parameters` is a JSON Schema of its arguments. */
export interface ToolDefinition {
  name: string;
  description?: string;
  parameters?: { readonly [keyword: string]: unknown };
}

/** A call that the model asked for. */
export interface ToolCall {
  /** Chosen by whoever parsed it; ties the result to it. */
  id: string;
  name: string;
  /** JSON as a text. */
  arguments: string;
}

/** One turn as a prompt format reads it: what a chat has, the calls a reply asked for, and what they gave. */
export type PromptTurn =
  | (ChatTurn & { toolCalls?: readonly ToolCall[] })
  | { role: "tool"; content: string; toolCallId?: string; name?: string };
