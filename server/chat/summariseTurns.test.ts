import { describe, expect, it } from "vitest";
import type { ChatTurn } from "../protocol/events.js";
import { type Summariser, summariseTurns, summaryTokens } from "./summariseTurns.js";

/** Counts words as tokens, and answers with a number for each prompt that it was asked. */
function counting(contextTokens: number) {
  const prompts: string[] = [];
  const model: Summariser = {
    contextTokens,
    countTokens: (prompt) => Promise.resolve(prompt.split(/\s+/).length),
    ask(prompt) {
      prompts.push(prompt);
      return Promise.resolve(` summary ${prompts.length}\n`);
    },
  };
  return { model, prompts };
}

const turns = (count: number, words: number): ChatTurn[] =>
  Array.from({ length: count }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: `turn${index} ${"word ".repeat(words - 1)}`.trim(),
  }));

describe("summariseTurns", () => {
  it("asks once for what fits into one prompt, with what was said before", async () => {
    const { model, prompts } = counting(1000);
    expect(await summariseTurns(turns(4, 10), "Anna likes llamas.", model)).toBe("summary 1");
    expect(prompts).toHaveLength(1);
    expect(prompts[0]).toContain("What was said before it: Anna likes llamas.");
    expect(prompts[0]).toContain("User: turn0 word");
    expect(prompts[0]).toContain("Assistant: turn3 word");
  });

  it("goes through more than fits in several prompts, each with the summary of those before it, none too long", async () => {
    const { model, prompts } = counting(120);
    expect(await summariseTurns(turns(9, 30), undefined, model)).toBe(`summary ${prompts.length}`);
    expect(prompts.length).toBeGreaterThan(2);
    for (const prompt of prompts) expect(prompt.split(/\s+/).length).toBeLessThanOrEqual(120 - summaryTokens(120));
    for (let index = 0; index < 9; index++)
      expect(prompts.filter((prompt) => prompt.includes(`turn${index} `))).toHaveLength(1);
    expect(prompts[1]).toContain("What was said before it: summary 1");
  });

  it("reads the beginning of a turn that is too long by itself, and says that it was cut", async () => {
    const { model, prompts } = counting(100);
    await summariseTurns(turns(1, 500), undefined, model);
    expect(prompts[0]).toContain("[…]");
    expect(prompts[0]?.split(/\s+/).length).toBeLessThanOrEqual(100 - summaryTokens(100));
  });

  it("fails rather than going on with an empty summary", async () => {
    const { model } = counting(1000);
    const silent = { ...model, ask: () => Promise.resolve("  \n") };
    await expect(summariseTurns(turns(2, 5), undefined, silent)).rejects.toMatchObject({ code: "generation_failed" });
  });
});
