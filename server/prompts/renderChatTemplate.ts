import { Template } from "@huggingface/jinja";
import { AppError } from "../platform/AppError.js";
import { joinParts, type PromptPart } from "./PromptPart.js";
import type { PromptTurn, ToolDefinition } from "./PromptTurn.js";
import { runCapped } from "./runCapped.js";
import { describeParameters, mapTexts, shortId, templateMessage, templateTool } from "./templateMessages.js";

/** What a template may name besides the messages. */
export interface TemplateTokens {
  bosToken: string;
  eosToken: string;
  /** The texts of all special tokens of the vocabulary. */
  specialTokens: readonly string[];
}

/** A template longer than this is not rendered: real ones have at most some tens of kilobytes. */
export const maxTemplateLength = 256 * 1024;
/** Rendering is ended then: real templates take some milliseconds, also for long conversations. */
const maxRenderMs = 2000;
/** In UTF-16 units; more than any context holds. */
const maxRenderedLength = 32 * 1024 * 1024;

/** Private-use characters that stand for a special token's text which a user typed. */
const guardStart = "\u{f8f0}";
const guardEnd = "\u{f8f1}";
/** Stands for a reply that is to be continued: what the template puts after it is not the model's to read. */
const continueMark = "\u{f8f2}";

/**
 * Renders a model's own Jinja chat template (as Hugging Face's `apply_chat_template` with `add_generation_prompt`) into parts.
 * Special-token text inside a message is taken out before rendering and put back as plain text after it.
 * The template came with the model's file, so it may be hostile: the interpreter knows nothing but its own values, and length and
 * time are bounded ([T16]).
 * Throws `prompt_template_failed` with the template's own complaint (many refuse certain roles or orders).
 */
export function renderChatTemplate(
  template: string,
  turns: readonly PromptTurn[],
  tokens: TemplateTokens,
  tools: readonly ToolDefinition[] = [],
): PromptPart[] {
  if (template.length > maxTemplateLength)
    throw new AppError("prompt_template_failed", `The model's chat template is ${template.length} characters long.`, {
      hint: `At most ${maxTemplateLength} are allowed.`,
    });
  const typed: string[] = [];
  const specials = tokens.specialTokens.filter((text) => text !== "").sort((a, b) => b.length - a.length);
  const guard = (text: string): string => {
    let guarded = text.replaceAll(/[\u{f8f0}-\u{f8f2}]/gu, "");
    for (const special of specials)
      if (guarded.includes(special))
        guarded = guarded.replaceAll(special, () => `${guardStart}${typed.push(special) - 1}${guardEnd}`);
    return guarded;
  };
  const last = turns.at(-1);
  const continued = last?.role === "assistant" && !last.toolCalls?.length ? last.content : undefined;
  // Mistral's templates take ids of nine letters and digits only.
  const idOf = template.includes("length 9") ? shortId : (id: string) => id;
  const render = (definitions: readonly ToolDefinition[]) => () =>
    new Template(template).render({
      messages: turns.map((turn) =>
        continued !== undefined && turn === last
          ? { role: turn.role, content: continueMark }
          : mapTexts(templateMessage(turn, idOf), guard),
      ),
      // Templates are written for tools that are there or not defined; an empty list would be neither.
      ...(tools.length === 0 ? {} : { tools: definitions.map((tool) => mapTexts(templateTool(tool), guard)) }),
      add_generation_prompt: continued === undefined,
      bos_token: tokens.bosToken,
      eos_token: tokens.eosToken,
    });
  let rendered: string;
  try {
    rendered = renderBounded(render(tools));
  } catch (error) {
    if (tools.length === 0) throw error;
    // Hermes' template wants every parameter described.
    rendered = renderBounded(render(tools.map(describeParameters)));
  }
  if (rendered.trim() === "" && turns.some(({ content }) => content.trim() !== ""))
    throw new AppError("prompt_template_failed", "The model's chat template makes nothing of this conversation.", {
      hint: "The model's file may be damaged: install it again, or choose another model.",
    });
  if (continued !== undefined) {
    const mark = rendered.indexOf(continueMark);
    if (mark < 0)
      throw new AppError("prompt_template_failed", "The model's chat template cannot go on with a reply.", {
        hint: "Ask for a new reply instead.",
      });
    rendered = rendered.slice(0, mark);
  }
  const parts: PromptPart[] = [];
  let rest = 0;
  for (const match of rendered.matchAll(/\u{f8f0}(\d+)\u{f8f1}/gu)) {
    parts.push({ text: rendered.slice(rest, match.index), special: true });
    parts.push({ text: typed[Number(match[1])] ?? "", special: false });
    rest = match.index + match[0].length;
  }
  parts.push({ text: rendered.slice(rest), special: true });
  if (continued !== undefined) parts.push({ text: continued, special: false });
  return joinParts(parts);
}

function renderBounded(render: () => string): string {
  let outcome: { result: string } | undefined;
  try {
    outcome = runCapped(render, maxRenderMs);
  } catch (cause) {
    throw new AppError("prompt_template_failed", "The model's chat template cannot render this conversation.", {
      hint: cause instanceof Error ? cause.message.slice(0, 500) : String(cause),
      cause,
    });
  }
  const useless = "The model's file may be damaged or hostile: install it again, or choose another model.";
  if (outcome === undefined)
    throw new AppError(
      "prompt_template_failed",
      `The model's chat template ran for more than ${maxRenderMs / 1000} s.`,
      {
        hint: useless,
      },
    );
  if (outcome.result.length > maxRenderedLength)
    throw new AppError("prompt_template_failed", "The model's chat template makes an absurdly long prompt.", {
      hint: useless,
    });
  return outcome.result;
}
