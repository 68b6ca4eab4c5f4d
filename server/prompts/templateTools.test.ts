import { describe, expect, it } from "vitest";
import { AppError } from "../platform/AppError.js";
import { renderPrompt } from "./renderPrompt.js";

const tokens = { bosToken: "<s>", eosToken: "</s>", specialTokens: ["<|end|>"] };
const tool = { name: "look", description: "Looks <|end|> up", parameters: { type: "object", properties: { q: {} } } };
const turns = [
  { role: "user" as const, content: "Hi" },
  { role: "assistant" as const, content: "", toolCalls: [{ id: "c1", name: "look", arguments: '{"q": "x"}' }] },
  { role: "tool" as const, content: "found", toolCallId: "c1", name: "look" },
];

describe("tools in a chat template", () => {
  it("are given as Hugging Face's templates expect them, their special tokens as plain text", () => {
    const template =
      "{{ tools | tojson }}|{% for m in messages %}{{ m | tojson }}{% endfor %}{% if add_generation_prompt %}<|end|>{% endif %}";
    const parts = renderPrompt("template", turns, { template, tokens }, [tool]);
    const text = parts.map((part) => part.text).join("");
    const [tools = "", rest = ""] = text.split("|{");
    expect(JSON.parse(`${tools}`.split("]|")[0] ?? "")).toMatchObject([
      { type: "function", function: { name: "look", description: "Looks <|end|> up" } },
    ]);
    expect(rest).toContain('"tool_call_id": "c1"');
    expect(rest).toContain('"arguments": {"q": "x"}');
    // The description's is text; the template's own, at the end, is the token.
    expect(parts.filter((part) => part.text.includes("<|end|>")).map((part) => part.special)).toEqual([false, true]);
  });

  it("are refused where the format has no place for them", () => {
    const refuse = (format: "alpaca" | "raw" | "template", template: string | undefined, given: typeof turns) => {
      expect(() => renderPrompt(format, given, { template, tokens }, [tool])).toThrow(AppError);
    };
    refuse("alpaca", undefined, turns.slice(0, 1));
    refuse("raw", undefined, turns.slice(0, 1));
    refuse("template", "{% for m in messages %}{{ m.content }}{% endfor %}", turns.slice(0, 1));
    expect(() => renderPrompt("alpaca", turns, { template: undefined, tokens })).toThrow(/cannot call functions/);
  });
});
