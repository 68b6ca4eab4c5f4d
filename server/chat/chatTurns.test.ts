import { describe, expect, it } from "vitest";
import type { Message } from "../protocol/conversation.js";
import { chatTurns, dropOldestTurns } from "./chatTurns.js";

const message = (id: string, role: Message["role"], text: string, attachments?: Message["attachments"]): Message => ({
  id,
  conversationId: "c",
  role,
  text,
  status: "complete",
  createdAtMs: 0,
  ...(attachments === undefined ? {} : { attachments }),
});

describe("chatTurns", () => {
  it("puts the system prompt first and leaves out replies without text", () => {
    const path = [message("1", "user", "Hi"), message("2", "assistant", ""), message("3", "user", "Hello?")];
    expect(chatTurns(path, "Be kind.", () => undefined).map(({ role, content }) => [role, content])).toEqual([
      ["system", "Be kind."],
      ["user", "Hi"],
      ["user", "Hello?"],
    ]);
    expect(chatTurns(path, "  ", () => undefined)[0]?.role).toBe("user");
  });

  it("fences a file so that it cannot break out", () => {
    const path = [message("1", "user", "Explain.", [{ id: "f", name: "a.md", sizeBytes: 9 }])];
    const [turn] = chatTurns(path, undefined, () => ({ name: "a.md", text: "```js\n1\n```" }));
    expect(turn?.content).toBe("a.md:\n````\n```js\n1\n```\n````\n\nExplain.");
  });
});

describe("dropOldestTurns", () => {
  const rounds = (count: number) =>
    Array.from({ length: count }, (_, index) => [
      { role: "user" as const, content: `q${index}`, messageId: `q${index}` },
      { role: "assistant" as const, content: `a${index}`, messageId: `a${index}` },
    ]).flat();
  const system = { role: "system" as const, content: "s", messageId: undefined };
  const last = { role: "user" as const, content: "now", messageId: "now" };

  it.each([1, 2, 3, 7, 30, 31])("keeps as much as fits of 15 rounds: %i turns", async (limit) => {
    const turns = [system, ...rounds(15), last];
    let calls = 0;
    const kept = await dropOldestTurns(turns, (some) => {
      calls++;
      return Promise.resolve(some.length - 1 <= limit);
    });
    expect(kept.turns[0]).toEqual(system);
    expect(kept.turns[1]?.role).toBe("user");
    expect(kept.turns.at(-1)).toEqual(last);
    expect(kept.turns.length - 1).toBe(limit % 2 === 1 ? limit : limit - 1);
    expect(kept.dropped).toBe(limit < 31);
    expect(calls).toBeLessThanOrEqual(6);
  });

  it("keeps the last turn whatever its length", async () => {
    const kept = await dropOldestTurns([...rounds(2), last], () => Promise.resolve(false));
    expect(kept.turns).toEqual([last]);
  });
});
