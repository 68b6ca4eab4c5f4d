/**
 * How a model writes the calls it asks for. `tagged`: each one as JSON between `<tool_call>` and `</tool_call>` (Hermes, Qwen).
 * `bare`: the reply is the JSON of a call, or of a list of calls (Llama 3, Mistral). `argumentsKey` is its name for the arguments.
 */
export interface ToolFormat {
  style: "tagged" | "bare";
  argumentsKey: "arguments" | "parameters";
}

export const toolCallTags = { open: "<tool_call>", close: "</tool_call>" } as const;

/** What the template tells its model to write; `undefined` when it has no place for tools. */
export function toolFormatOf(template: string | undefined): ToolFormat | undefined {
  if (template === undefined || !/\btools\b/.test(template)) return undefined;
  if (template.includes(toolCallTags.open)) return { style: "tagged", argumentsKey: "arguments" };
  // Llama 3.1 and 3.2 say: {"name": function name, "parameters": dictionary of argument name and its value}.
  return { style: "bare", argumentsKey: /"parameters":\s*dictionary/.test(template) ? "parameters" : "arguments" };
}
