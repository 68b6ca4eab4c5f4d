import { Template } from "@huggingface/jinja";
import { AppError } from "../platform/AppError.js";
import { conversationForms } from "./conversationForms.js";
import { joinParts, type PromptPart } from "./PromptPart.js";
import type { PromptTurn, ToolDefinition } from "./PromptTurn.js";
import { runCapped } from "./runCapped.js";
import { describeParameters, mapTexts, shortId, templateMessage, templateTool } from "./templateMessages.js";
import { toolsUnsupported } from "./toolsUnsupported.js";

/** What a template may name besides the messages. */
export interface TemplateTokens {
  bosToken: string;
  eosToken: string;
  /** The texts of all special tokens of the vocabulary. */
  specialTokens: readonly string[];
}

/** A template longer than this is not rendered: real ones have at most some tens of kilobytes. */
export const maxTemplateLength = 256 * 1024;
/** All rendering is ended then: real templates take some milliseconds, also for long conversations. */
const maxRenderMs = 2000;
/** In UTF-16 units; more than any context holds. */
const maxRenderedLength = 32 * 1024 * 1024;

/** Private-use characters that stand for a special token's text which a user typed. */
const guardStart = "\u{f8f0}";
const guardEnd = "\u{f8f1}";
/** Stands for a reply that is to be continued: what the template puts after it is not the model's to read. */
const continueMark = "\u{f8f2}";
/** Stands after what a turn says of which it is not certain that the template has it. */
const heardMark = (index: number) => `\u{f8f3}${index}\u{f8f4}`;

/** What a template is rendered with, beside the conversation. */
interface Rendering {
  template: string;
  tokens: TemplateTokens;
  tools: readonly ToolDefinition[];
  /** Takes special tokens' texts out of one. */
  guard(text: string): string;
  /** Clock of `performance.now()`. */
  endMs: number;
}

/**
 * Renders a model's own Jinja chat template (as Hugging Face's `apply_chat_template` with `add_generation_prompt`) into parts.
 * Special-token text inside a message is taken out before rendering and put back as plain text after it.
 * A conversation that the template refuses, or of which it passes over a system prompt, is put in another form ({@link conversationForms}).
 * The template came with the model's file, so it may be hostile: the interpreter knows nothing but its own values, and length and
 * time are bounded ([T16]).
 * Throws `prompt_template_failed` with the template's own complaint (many refuse certain roles or orders), `tools_unsupported` when it
 * passes over what a function gave.
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
    let guarded = text.replaceAll(/[\u{f8f0}-\u{f8f4}]/gu, "");
    for (const special of specials)
      if (guarded.includes(special))
        guarded = guarded.replaceAll(special, () => `${guardStart}${typed.push(special) - 1}${guardEnd}`);
    return guarded;
  };
  let rendered = renderSomeForm(turns, { template, tokens, tools, guard, endMs: performance.now() + maxRenderMs });
  if (rendered.trim() === "" && turns.some(({ content }) => content.trim() !== ""))
    throw new AppError("prompt_template_failed", "The model's chat template makes nothing of this conversation.", {
      hint: "The model's file may be damaged: install it again, or choose another model.",
    });
  const continued = continuedReply(turns);
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
  if (continued !== undefined) parts.push({ text: continued.content, special: false });
  return joinParts(parts);
}

/** The reply that the conversation ends with, and that is to be gone on with. */
function continuedReply(turns: readonly PromptTurn[]): PromptTurn | undefined {
  const last = turns.at(-1);
  return last?.role === "assistant" && !last.toolCalls?.length ? last : undefined;
}

/** The first form of which nothing is passed over, else the first that can be rendered at all. */
function renderSomeForm(turns: readonly PromptTurn[], rendering: Rendering): string {
  let incomplete: { text: string; unheard: readonly PromptTurn[] } | undefined;
  let complaint: unknown;
  for (const form of conversationForms(turns)) {
    try {
      const rendered = renderForm(form, rendering);
      if (rendered.unheard.length === 0) return rendered.text;
      incomplete ??= rendered;
    } catch (error) {
      complaint ??= error;
    }
    if (performance.now() >= rendering.endMs) break;
  }
  if (incomplete === undefined) throw complaint;
  if (rendering.tools.length === 0 && incomplete.unheard.some(({ role }) => role === "tool")) throw toolsUnsupported();
  return incomplete.text;
}

/** The prompt, and the system prompts and results of functions that are not in it. */
function renderForm(turns: readonly PromptTurn[], rendering: Rendering): { text: string; unheard: PromptTurn[] } {
  const text = renderTurns(turns, rendering);
  const doubtful = turns.filter(
    ({ role, content }) => (role === "system" || role === "tool") && !text.includes(rendering.guard(content).trim()),
  );
  if (doubtful.length === 0) return { text, unheard: [] };
  // The template may have changed it: what is put after it tells whether it is there.
  let marks: string;
  try {
    marks = renderTurns(turns, rendering, doubtful);
  } catch {
    return { text, unheard: [] };
  }
  return { text, unheard: doubtful.filter((_, index) => !marks.includes(heardMark(index))) };
}

/** `toMark`: turns that get a mark of their own after what they say. */
function renderTurns(
  turns: readonly PromptTurn[],
  { template, tokens, tools, guard, endMs }: Rendering,
  toMark: readonly PromptTurn[] = [],
): string {
  const continued = continuedReply(turns);
  // Mistral's templates take ids of nine letters and digits only.
  const idOf = template.includes("length 9") ? shortId : (id: string) => id;
  const render = (given: object) => () =>
    new Template(template).render({
      messages: turns.map((turn) => {
        if (turn === continued) return { role: turn.role, content: continueMark };
        const message = mapTexts(templateMessage(turn, idOf), guard);
        const mark = toMark.indexOf(turn);
        return mark < 0 ? message : Object.assign({}, message, { content: guard(turn.content) + heardMark(mark) });
      }),
      ...given,
      add_generation_prompt: continued === undefined,
      bos_token: tokens.bosToken,
      eos_token: tokens.eosToken,
    });
  const definitions = (list: readonly ToolDefinition[]) => ({
    tools: list.map((tool) => mapTexts(templateTool(tool), guard)),
  });
  return renderFirst(
    tools.length === 0
      ? // Most templates ask whether there are tools; some look for `None`, which is what Hugging Face gives them, and some expect a list.
        [render({}), render({ tools: null }), render({ tools: [] })]
      : // Hermes' template wants every parameter described.
        [render(definitions(tools)), render(definitions(tools.map(describeParameters)))],
    endMs,
  );
}

/** What the first of the ways gives that the template does not complain about; else the first complaint. */
function renderFirst(ways: readonly (() => string)[], endMs: number): string {
  let complaint: unknown;
  for (const way of ways) {
    try {
      return renderBounded(way, endMs);
    } catch (error) {
      complaint ??= error;
    }
    if (performance.now() >= endMs) break;
  }
  throw complaint;
}

function renderBounded(render: () => string, endMs: number): string {
  let outcome: { result: string } | undefined;
  try {
    outcome = runCapped(render, Math.max(1, Math.ceil(endMs - performance.now())));
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
