import { describe, expect, it } from "vitest";
import type { Message } from "../protocol/conversation.js";
import { matchImport } from "./matchImport.js";
import type { PreparedMessage } from "./prepareImport.js";

const stored = (id: string, parentId: string | undefined, text: string, more: Partial<Message> = {}): Message => ({
  id,
  conversationId: "c",
  ...(parentId === undefined ? {} : { parentId }),
  role: "user",
  text,
  createdAtMs: 10,
  status: "complete",
  ...more,
});

const fromFile = (
  id: string,
  parentId: string | undefined,
  text: string,
  more: Partial<PreparedMessage> = {},
): PreparedMessage => ({ id, parentId, role: "user", text, createdAtMs: 10, modelId: undefined, files: [], ...more });

async function match(messages: PreparedMessage[], there: Message[], texts: { [id: string]: string } = {}) {
  const { ids, missing, extraCount, sameRoot } = await matchImport(messages, there, async (id) => texts[id]);
  return { ids: Object.fromEntries(ids), missing: missing.map(({ id }) => id), extraCount, sameRoot };
}

describe("[EX5] matchImport", () => {
  it("finds each message once, also among versions with one text", async () => {
    const there = [stored("A", undefined, "x"), stored("B", "A", "y"), stored("C", "A", "y"), stored("D", "A", "z")];
    const file = [fromFile("a", undefined, "x"), ...["b", "c", "d"].map((id) => fromFile(id, "a", "y"))];
    expect(await match(file, there)).toEqual({
      ids: { a: "A", b: "B", c: "C" },
      missing: ["d"],
      extraCount: 1,
      sameRoot: true,
    });
  });

  it("finds nothing below what is missing, and nothing in another place", async () => {
    const there = [stored("A", undefined, "x"), stored("B", "A", "y")];
    const file = [fromFile("a", undefined, "other"), fromFile("b", "a", "y"), fromFile("c", undefined, "y")];
    expect(await match(file, there)).toMatchObject({ missing: ["a", "b", "c"], sameRoot: false });
  });

  it("takes a reply that was continued for the same one, but not a question, nor one of another time", async () => {
    const reply = { role: "assistant" as const };
    const there = [stored("A", undefined, "Hello", reply)];
    expect(await match([fromFile("a", undefined, "Hell", reply)], there)).toMatchObject({ missing: [] });
    for (const other of [
      fromFile("a", undefined, "Hello!", reply),
      fromFile("a", undefined, "Hell", { ...reply, createdAtMs: 0 }),
      fromFile("a", undefined, "Hello", { ...reply, createdAtMs: 11 }),
    ])
      expect(await match([other], there)).toMatchObject({ missing: ["a"] });
    expect(await match([fromFile("a", undefined, "Hell")], [stored("A", undefined, "Hello")])).toMatchObject({
      missing: ["a"],
    });
    // The one with just this text before the one that has grown.
    const both = [stored("A", undefined, "Hello", reply), stored("B", undefined, "Hell", reply)];
    expect(await match([fromFile("a", undefined, "Hell", reply)], both)).toMatchObject({ ids: { a: "B" } });
  });

  it("misses no file: a message that lacks one, or has another text in it, is not the same", async () => {
    const attachments = [{ id: "F", name: "f.txt", sizeBytes: 3 }];
    const there = [stored("A", undefined, "x", { attachments })];
    const file = (name: string, text: string) => [fromFile("a", undefined, "x", { files: [{ name, text }] })];
    expect(await match(file("f.txt", "abc"), there, { F: "abc" })).toMatchObject({ missing: [] });
    expect(await match(file("f.txt", "abd"), there, { F: "abc" })).toMatchObject({ missing: ["a"] });
    expect(await match(file("g.txt", "abc"), there, { F: "abc" })).toMatchObject({ missing: ["a"] });
    expect(await match([fromFile("a", undefined, "x")], there, { F: "abc" })).toMatchObject({ missing: [] });
  });

  it("[T22] takes a hundred thousand versions with one text and one time in its stride", async () => {
    const numbers = Array.from({ length: 100_000 }, (_, index) => index);
    const there = numbers.map((index) => stored(`S${index}`, undefined, "x"));
    const file = numbers.map((index) => fromFile(`f${index}`, undefined, "x"));
    expect((await match(file, there)).missing).toEqual([]);
  });
});
