import type { PromptTurn, ToolDefinition } from "./PromptTurn.js";
import { renderChatTemplate, type TemplateTokens } from "./renderChatTemplate.js";
import { namesTools, type ToolFormat, toolCallTags } from "./toolFormat.js";

const question = "probequestion";
const value = "probevalue";
const tool: ToolDefinition = {
  name: "probe_tool",
  description: "d",
  parameters: { type: "object", properties: { key: { type: "string", description: "d" } }, required: ["key"] },
};
const call = { id: "probecall", name: tool.name, arguments: JSON.stringify({ key: value }) };

/**
 * Finds out how a model's template wants calls, by having it write one: what a template writes for a call of the past is what
 * its model learned to write. `undefined` when the template knows no tools, or has them written in a way that is not read here
 * (no JSON with the function's name, or words before it that would be part of the reply).
 */
export function probeToolFormat(template: string | undefined, tokens: TemplateTokens): ToolFormat | undefined {
  if (!namesTools(template)) return undefined;
  const render = (turns: PromptTurn[]): string | undefined => {
    try {
      return renderChatTemplate(template, turns, tokens, [tool])
        .map((part) => part.text)
        .join("");
    } catch {
      return undefined;
    }
  };
  const asked: PromptTurn = { role: "user", content: question };
  const called = render([
    asked,
    { role: "assistant", content: "", toolCalls: [call] },
    { role: "tool", content: "x", toolCallId: call.id, name: call.name },
  ]);
  if (called === undefined || !called.includes(value)) return wordedFormat(template);
  const written = findCall(called);
  if (written === undefined) return undefined;
  const opening = openingWords(called.slice(0, written.at), render([asked]) ?? "", tokens);
  const { argumentsKey } = written;
  if (opening.endsWith(toolCallTags.open)) return { style: "tagged", argumentsKey };
  return opening === "" ? { style: "bare", argumentsKey } : undefined;
}

/** Where the call stands in the text as JSON, and its name for the arguments. */
function findCall(text: string): { at: number; argumentsKey: ToolFormat["argumentsKey"] } | undefined {
  const from = text.lastIndexOf(`"${tool.name}"`);
  for (let at = text.lastIndexOf("{", from); at >= 0 && from - at < 200; at = text.lastIndexOf("{", at - 1)) {
    const object = parseObjectAt(text, at);
    if (object?.name !== tool.name) continue;
    if (isCallArguments(object.arguments)) return { at, argumentsKey: "arguments" };
    if (isCallArguments(object.parameters)) return { at, argumentsKey: "parameters" };
  }
  return undefined;
}

function isCallArguments(given: unknown): boolean {
  return JSON.stringify(given)?.includes(value) ?? false;
}

/** The JSON object that begins at `start`, whatever follows it. */
function parseObjectAt(text: string, start: number): { [key: string]: unknown } | undefined {
  for (let end = text.indexOf("}", start); end >= 0; end = text.indexOf("}", end + 1)) {
    try {
      return JSON.parse(text.slice(start, end + 1));
    } catch {
      // The brace closed something inside.
    }
  }
  return undefined;
}

/**
 * What a reply has before the call: what comes after the prompt. Special tokens are no text of a reply, and a bracket begins the
 * list of calls.
 */
function openingWords(before: string, prompt: string, tokens: TemplateTokens): string {
  let opening = before.slice(commonLength(before, prompt));
  if (before.trimEnd().endsWith(toolCallTags.open)) return toolCallTags.open;
  const specials = [...tokens.specialTokens, ...wellKnownTokens].filter((text) => text !== "");
  for (const special of specials.sort((a, b) => b.length - a.length)) opening = opening.replaceAll(special, "");
  return opening.replace(/\[\s*$/, "").trim();
}

/** Tokens that some vocabularies have as plain entries, and that begin a call all the same. */
const wellKnownTokens = ["[TOOL_CALLS]", "<|python_tag|>", "<|tool_call|>"];

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

/** Some templates pass over calls of the past, but tell their model in words how to write one. */
function wordedFormat(template: string): ToolFormat | undefined {
  if (/"parameters":\s*dictionary/.test(template)) return { style: "bare", argumentsKey: "parameters" };
  if (template.includes(toolCallTags.open) && /["']arguments["']/.test(template))
    return { style: "tagged", argumentsKey: "arguments" };
  return undefined;
}
