/**
 * How a model writes the calls it asks for. `tagged`: each one as JSON between `<tool_call>` and `</tool_call>` (Hermes, Qwen).
 * `bare`: the reply is the JSON of a call, or of a list of calls (Llama 3, Mistral). `argumentsKey` is its name for the arguments.
 */
export interface ToolFormat {
  style: "tagged" | "bare";
  argumentsKey: "arguments" | "parameters";
}

export const toolCallTags = { open: "<tool_call>", close: "</tool_call>" } as const;

/** Whether a template has a place for tools at all; only rendering it tells whether its calls can be read. */
export function namesTools(template: string | undefined): template is string {
  return template !== undefined && /\btools\b/.test(template);
}
