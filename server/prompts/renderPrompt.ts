import type { ChatTurn } from "../protocol/events.js";
import { joinParts, type PromptPart } from "./PromptPart.js";
import { alpacaStopStrings, renderAlpaca } from "./renderAlpaca.js";
import { renderChatTemplate, type TemplateTokens } from "./renderChatTemplate.js";

/**
 * How a model wants a conversation. `alpaca`: Stanford's frames. `raw`: plain text that goes on (base LLaMA).
 * `template`: the Jinja template that the GGUF carries.
 */
export type PromptFormat = "alpaca" | "raw" | "template";

/** Text that a model of this format must not run on to. */
export function formatStopStrings(format: PromptFormat): readonly string[] {
  return format === "alpaca" ? alpacaStopStrings : [];
}

/** Puts a conversation into the model's prompt format. Throws `prompt_template_failed`. */
export function renderPrompt(
  format: PromptFormat,
  turns: readonly ChatTurn[],
  model: { template: string | undefined; tokens: TemplateTokens },
): PromptPart[] {
  if (format === "template" && model.template !== undefined)
    return renderChatTemplate(model.template, turns, model.tokens);
  if (format === "raw") return joinParts([{ text: renderCompletion(turns), special: false }]);
  return joinParts([{ text: renderAlpaca(turns), special: false }]);
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
