import { describe, expect, it } from "vitest";
import { conversationForms } from "./conversationForms.js";
import type { PromptTurn } from "./PromptTurn.js";
import { renderChatTemplate } from "./renderChatTemplate.js";

const tokens = { bosToken: "<s>", eosToken: "</s>", specialTokens: ["<s>", "</s>"] };
const system = (content: string): PromptTurn => ({ role: "system", content });
const user = (content: string): PromptTurn => ({ role: "user", content });
const reply = (content: string): PromptTurn => ({ role: "assistant", content });

const render = (template: string, turns: PromptTurn[]) =>
  renderChatTemplate(template, turns, tokens)
    .map(({ text }) => text)
    .join("");

/** As Gemma 2's: no system prompt, users and replies in turns. */
const gemma = `{%- if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}
{%- for message in messages %}
{%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}
{{- '<' + message['role'] + '>' + message['content'] | trim }}
{%- endfor %}{% if add_generation_prompt %}<model>{% endif %}`;
/** As DeepSeek R1's: the last system prompt counts, wherever it is. */
const lastSystem = `{%- set ns = namespace(system='') %}{% for message in messages %}{% if message['role'] == 'system' %}{% set ns.system = message['content'] %}{% endif %}{% endfor %}
{{- ns.system }}{% for message in messages %}{% if message['role'] != 'system' %}<{{ message['role'] }}>{{ message['content'] }}{% endif %}{% endfor %}`;
/** As SmolLM 3's: only a system prompt at the beginning, of which a switch is taken out. */
const firstSystem = `{%- if messages[0].role == 'system' %}[{{ messages[0].content.replace('/no_think', '') | trim }}]{% endif %}
{%- for message in messages %}{% if message.role != 'system' %}<{{ message.role }}>{{ message.content }}{% endif %}{% endfor %}`;

describe("a conversation that a chat template has no place for as it is", () => {
  it("has its system prompt said by the user where there is no such role", () => {
    expect(render(gemma, [system("Be brief.\n"), user("Hi"), reply("Ho"), user("So?")])).toBe(
      "<user>Be brief.\n\n\nHi<assistant>Ho<user>So?<model>",
    );
    expect(render(gemma, [system("Be brief.")])).toBe("<user>Be brief.<model>");
  });

  it("has neighbours with one role joined where they have to take turns", () => {
    expect(render(gemma, [user("One."), user("Two."), reply("Ho"), user("So?")])).toBe(
      "<user>One.\n\nTwo.<assistant>Ho<user>So?<model>",
    );
  });

  it("has every system prompt in it, not only the last or the first", () => {
    expect(render(lastSystem, [system("One."), system("Two."), user("Hi")])).toBe("One.\n\nTwo.<user>Hi");
    expect(render(firstSystem, [system("One."), user("Hi"), reply("Ho"), system("In French now."), user("So?")])).toBe(
      "[One.]<user>Hi<assistant>Ho<user>In French now.\n\nSo?",
    );
  });

  it("stays as it is where the template changes a system prompt but has it", () => {
    expect(render(firstSystem, [system("/no_think"), user("Hi")])).toBe("[]<user>Hi");
    expect(render(firstSystem, [system("Be brief. /no_think  "), user("Hi"), user("You?")])).toBe(
      "[Be brief.]<user>Hi<user>You?",
    );
  });

  it("goes on with a reply in another form, too", () => {
    expect(render(gemma, [system("Be brief."), user("Hi"), reply("Ho")])).toBe("<user>Be brief.\n\nHi<assistant>Ho");
  });

  it("is refused in the template's words when none of its forms is taken", () => {
    expect(() => render(gemma, [reply("Ho"), user("Hi")])).toThrowError(
      expect.objectContaining({ code: "prompt_template_failed", hint: expect.stringContaining("must alternate") }),
    );
  });

  it("is refused when what a function gave would be passed over", () => {
    const result: PromptTurn = { role: "tool", content: "sunny", toolCallId: "a" };
    expect(() =>
      render("{% for m in messages %}{% if m.role != 'tool' %}{{ m.content }}{% endif %}{% endfor %}", [
        user("Hi"),
        result,
      ]),
    ).toThrowError(expect.objectContaining({ code: "tools_unsupported" }));
  });
});

it.each([
  ["None", "{% if tools is not none and tools | length > 0 %}T{% endif %}{{ messages[0].content }}"],
  ["a list", "{% for tool in tools %}T{% endfor %}{{ messages[0].content }}"],
])("a template that expects %s where there are no tools gets that", (_what, template) => {
  expect(render(template, [user("Hi")])).toBe("Hi");
});

it("calls that were made at once are told one after the other where only one is taken", () => {
  const single = `{%- for m in messages %}{% if m.tool_calls %}{% if m.tool_calls | length != 1 %}{{ raise_exception('single tool-calls only') }}{% endif %}({{ m.tool_calls[0].function.arguments.city }})
{%- else %}{{ m.content }};{% endif %}{% endfor %}`;
  const call = (id: string, city: string) => ({ id, name: "weather", arguments: JSON.stringify({ city }) });
  const result = (toolCallId: string, content: string): PromptTurn => ({ role: "tool", content, toolCallId });
  const calls: PromptTurn = { role: "assistant", content: "", toolCalls: [call("a", "Rome"), call("b", "Oslo")] };
  expect(render(single, [user("Hi"), calls, result("b", "rain"), result("a", "sun"), user("So?")])).toBe(
    "Hi;(Rome)sun;(Oslo)rain;So?;",
  );
});

it("a conversation that has nothing to adapt has one form", () => {
  expect([...conversationForms([system("Be brief."), user("Hi"), reply("Ho"), user("So?")])]).toHaveLength(2);
  expect([...conversationForms([user("Hi"), reply("Ho"), user("So?")])]).toHaveLength(1);
});
