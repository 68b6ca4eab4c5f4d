import type { ChatTurn } from "../protocol/events.js";
import { joinParts, type PromptPart } from "./PromptPart.js";
import type { PromptTurn, ToolDefinition } from "./PromptTurn.js";
import { alpacaStopStrings, renderAlpaca } from "./renderAlpaca.js";
import { renderChatTemplate, type TemplateTokens } from "./renderChatTemplate.js";
import { namesTools } from "./toolFormat.js";
import { toolsUnsupported } from "./toolsUnsupported.js";

/**
 * How a model wants a conversation. `alpaca`: Stanford's frames. `raw`: plain text that goes on (base LLaMA).
 * `template`: the Jinja template that the GGUF carries.
 */
export type PromptFormat = "alpaca" | "raw" | "template";

/** Text that a model of this format must not run on to. */
export function formatStopStrings(format: PromptFormat): readonly string[] {
  return format === "alpaca" ? alpacaStopStrings : [];
}

/**
 * Puts a conversation into the model's prompt format. `toolTemplate`: for conversations with functions, where that is another one
 * (Hermes, Command R). Throws `prompt_template_failed`, or `tools_unsupported`.
 */
export function renderPrompt(
  format: PromptFormat,
  turns: readonly PromptTurn[],
  model: { template: string | undefined; toolTemplate?: string | undefined; tokens: TemplateTokens },
  tools: readonly ToolDefinition[] = [],
): PromptPart[] {
  const hasTools = tools.length > 0 || !turns.every(isChatTurn);
  const template = hasTools ? (model.toolTemplate ?? model.template) : model.template;
  if (tools.length > 0 && !namesTools(template)) throw toolsUnsupported();
  if (format === "template" && template !== undefined) return renderChatTemplate(template, turns, model.tokens, tools);
  if (tools.length > 0 || !turns.every(isChatTurn)) throw toolsUnsupported();
  if (format === "raw") return joinParts([{ text: renderCompletion(turns), special: false }]);
  return joinParts([{ text: renderAlpaca(turns), special: false }]);
}

/** Neither a call nor its result. */
function isChatTurn(turn: PromptTurn): turn is ChatTurn {
  return turn.role !== "tool" && (turn.toolCalls === undefined || turn.toolCalls.length === 0);
}

/** The turns' texts, one after the other: a base model knows no turns. What the user adds after a reply starts a line. */
function renderCompletion(turns: readonly ChatTurn[]): string {
  let text = "";
  for (const turn of turns) {
    if (text !== "" && turn.role === "user" && !text.endsWith("\n")) text += "\n";
    text += turn.content;
  }
  return text;
}
