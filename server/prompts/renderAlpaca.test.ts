import { describe, expect, it } from "vitest";
import { renderAlpaca } from "./renderAlpaca.js";
import { renderPrompt } from "./renderPrompt.js";

const user = (content: string) => ({ role: "user" as const, content });
const assistant = (content: string) => ({ role: "assistant" as const, content });

describe("renderAlpaca", () => {
  it("puts an instruction into Stanford's frame without input", () => {
    expect(renderAlpaca([user("Name a color.")])).toBe(
      "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n### Instruction:\nName a color.\n\n### Response:\n",
    );
  });

  it("puts an instruction with an input into the other frame", () => {
    expect(renderAlpaca([user("Translate to French.\n\n### Input:\nGood morning")])).toBe(
      "Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.\n\n### Instruction:\nTranslate to French.\n\n### Input:\nGood morning\n\n### Response:\n",
    );
  });

  it("keeps the rounds of a conversation apart as the model was trained on them", () => {
    const text = renderAlpaca([user("My name is Tom."), assistant("Hello Tom.\n"), user("What is my name?")]);
    expect(
      text.endsWith(
        "### Instruction:\nMy name is Tom.\n\n### Response:\nHello Tom.\n\n### Instruction:\nWhat is my name?\n\n### Response:\n",
      ),
    ).toBe(true);
    expect(text.match(/Below is/g)).toHaveLength(1);
  });

  it("puts a system turn in the preamble's place", () => {
    expect(renderAlpaca([{ role: "system", content: "You are terse." }, user("Hi")])).toBe(
      "You are terse.\n\n### Instruction:\nHi\n\n### Response:\n",
    );
  });

  it("lets the model go on with a reply that is the last turn", () => {
    expect(renderAlpaca([user("Count."), assistant("1, 2, ")]).endsWith("### Response:\n1, 2, ")).toBe(true);
  });
});

describe("renderPrompt, raw", () => {
  it("joins the turns into one text", () => {
    const model = { template: undefined, tokens: { bosToken: "<s>", eosToken: "</s>", specialTokens: [] } };
    expect(renderPrompt("raw", [user("Once upon"), assistant(" a time."), user("Then")], model)).toEqual([
      { text: "Once upon a time.\nThen", special: false },
    ]);
  });
});
