import { describe, expect, it } from "vitest";
import type { StoredTurn } from "./chatTurns.js";
import { countTurns, draftId } from "./countTurns.js";

/** One token a letter, two around every turn, and five around everything. */
const context = {
  contextTokens: 100,
  countTokens: (input: object) => {
    const turns = "turns" in input ? (input.turns as { content: string }[]) : [];
    return Promise.resolve(turns.reduce((sum, { content }) => sum + content.length + 2, 5));
  },
};
const round = (name: string, length: number): StoredTurn[] => [
  { role: "user", content: "q".repeat(length), messageId: `q${name}` },
  { role: "assistant", content: "a".repeat(length), messageId: `a${name}` },
];
const system: StoredTurn = { role: "system", content: "Be calm.", messageId: undefined };
const draft: StoredTurn = { role: "user", content: "And now?", messageId: draftId };

describe("countTurns", () => {
  it("tells the parts, which are the whole", async () => {
    const count = await countTurns([system, ...round("1", 10), draft], "refuse", undefined, context);
    // The frame and the system prompt, with the room of an empty question.
    expect(count).toEqual({
      contextTokens: 100,
      systemTokens: 5 + 10 + 2,
      draftTokens: 8,
      promptTokens: 5 + 10 + 12 + 12 + 10,
      summaryTokens: 0,
      notSentTokens: 0,
    });
  });

  it("counts nothing but the frame where nothing is said", async () => {
    expect(await countTurns([], "dropOldest", undefined, context)).toMatchObject({ promptTokens: 7, systemTokens: 7 });
  });

  it("counts all of it when what does not fit is to be refused", async () => {
    const turns = [...round("1", 30), ...round("2", 30), draft];
    expect(await countTurns(turns, "refuse", undefined, context)).toMatchObject({
      promptTokens: 5 + 4 * 32 + 10,
      notSentTokens: 0,
    });
  });

  it("counts what is sent and what is not when the oldest are left out", async () => {
    const turns = [system, ...round("1", 30), ...round("2", 15), draft];
    const count = await countTurns(turns, "dropOldest", undefined, context);
    expect(count).toMatchObject({
      promptTokens: 5 + 10 + 2 * 17 + 10,
      notSentTokens: 2 * 32,
      summaryTokens: 0,
      readFromMessageId: "q2",
    });
    expect(count.promptTokens).toBeLessThanOrEqual(75);
  });

  it("says so when everything before the draft is left out", async () => {
    const count = await countTurns([...round("1", 60), draft], "dropOldest", undefined, context);
    expect(count).toMatchObject({ promptTokens: 5 + 10, readFromMessageId: draftId, notSentTokens: 2 * 62 });
  });

  it("takes a summary that is still to be made for as long as it may become", async () => {
    const turns = [...round("1", 30), ...round("2", 15), draft];
    const count = await countTurns(turns, "summarise", undefined, context);
    expect(count).toMatchObject({
      summaryTokens: 12,
      promptTokens: 5 + 2 * 17 + 10 + 12,
      notSentTokens: 2 * 32,
      readFromMessageId: "q2",
    });
  });

  it("counts the earlier summary that stands for what is left out", async () => {
    const earlier = { summary: "Red.", readFromMessageId: "q2" };
    const count = await countTurns([...round("1", 30), ...round("2", 5), draft], "summarise", earlier, context);
    const summaryTokens = "Summary of the conversation so far: Red.".length + 2;
    expect(count).toMatchObject({ summaryTokens, notSentTokens: 2 * 32, readFromMessageId: "q2" });
    expect(count.promptTokens).toBe(5 + 2 * 7 + 10 + summaryTokens);
  });
});
