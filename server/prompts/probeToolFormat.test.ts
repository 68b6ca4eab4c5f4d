import { describe, expect, it } from "vitest";
import { probeToolFormat } from "./probeToolFormat.js";
import { renderPrompt } from "./renderPrompt.js";

const tokens = { bosToken: "<s>", eosToken: "</s>", specialTokens: ["<|assistant|>"] };
const probe = (template: string | undefined) => probeToolFormat(template, tokens);

/** A template whose reply to a call is written by `call`; a short form of what real models have. */
const template = (call: string, tools = "{{ tools | tojson }}") =>
  `{% if tools %}${tools}{% endif %}{% for m in messages %}{% if m.role == 'user' %}[INST]{{ m.content }}[/INST]{% elif m.tool_calls %}{% for c in m.tool_calls %}${call}{% endfor %}{% else %}{{ m.content }}{% endif %}{% endfor %}`;
const json = '{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}';

describe("probeToolFormat", () => {
  it("reads the form from what the template itself writes", () => {
    const tagged = { style: "tagged", argumentsKey: "arguments" };
    // Qwen and Hermes.
    expect(probe(template(`<tool_call>\n${json}\n</tool_call>`))).toEqual(tagged);
    // Llama 3.
    expect(probe(template(json.replace("arguments", "parameters")))).toEqual({
      style: "bare",
      argumentsKey: "parameters",
    });
    // Mistral: the token before the list is no text of the reply.
    expect(probe(template(`[TOOL_CALLS][${json}]`))).toEqual({ style: "bare", argumentsKey: "arguments" });
  });

  it("reads it from the template's words where calls of the past are passed over", () => {
    const silent = (words: string) => template("", words);
    expect(probe(silent('{"name": function name, "parameters": dictionary of argument name and its value}'))).toEqual({
      style: "bare",
      argumentsKey: "parameters",
    });
    expect(probe(silent('<tool_call>{"name": <name>, "arguments": <arguments>}</tool_call>'))).toMatchObject({
      style: "tagged",
    });
  });

  it("finds none where there is none, or one that is not read here", () => {
    for (const unknown of [
      undefined,
      "{% for m in messages %}{{ m.content }}{% endfor %}",
      // GLM and Qwen-Coder: no JSON.
      template(
        "<tool_call>{{ c.function.name }}{% for k, v in c.function.arguments.items() %}<arg_key>{{ k }}</arg_key>{{ v }}{% endfor %}</tool_call>",
      ),
      // Words before the call would be part of the reply.
      template(`<tool_calls>\n${json}\n</tool_calls>`),
      template("call:{{ c.function.name }}({{ c.function.arguments | tojson }})"),
      "{{ tools }}{{ raise_exception('no') }}",
      "{% if tools %}{% broken",
    ])
      expect(probe(unknown)).toBeUndefined();
  });
});

describe("templates that are particular", () => {
  const turns = [
    { role: "user" as const, content: "q" },
    { role: "assistant" as const, content: "", toolCalls: [{ id: "call_abcdef", name: "f", arguments: "{}" }] },
    { role: "tool" as const, content: "r", toolCallId: "call_abcdef" },
  ];
  const tool = { name: "f", parameters: { type: "object", properties: { a: { type: "string" } } } };
  const render = (source: string) =>
    renderPrompt("template", turns, { template: source, tokens }, [tool])
      .map((part) => part.text)
      .join("");

  it("get ids of nine letters and digits, the call's and its result's the same, where they want them", () => {
    const text = render(
      "{% for m in messages %}{% for c in m.tool_calls or [] %}<{{ c.id }}>{% endfor %}{% if m.tool_call_id %}<{{ m.tool_call_id }}>{% endif %}{% endfor %}{# ids with length 9 in tools #}",
    );
    expect(text).toMatch(/^<([0-9a-f]{9})><\1>$/);
  });

  it("get a description of every parameter, where they want one", () => {
    const text = render(
      "{% for t in tools %}{{ t.function.parameters.properties.a.description | trim }}ok{% endfor %}",
    );
    expect(text).toBe("ok");
  });
});
