import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openDatabase } from "../openDatabase.js";
import { SqliteConversationStore } from "../SqliteConversationStore.js";
import { phrasesOf, searchableText } from "./searchWords.js";
import { snippet } from "./snippet.js";

let store: SqliteConversationStore;
let count = 0;
beforeAll(() => {
  store = new SqliteConversationStore(openDatabase(":memory:"));
});
afterAll(() => store.close());

/** What SQLite's FTS5 finds in the text: its snippet, or nothing. */
function inSqlite(text: string, query: string): string | undefined {
  const id = `c${count++}`;
  const common = { createdAtMs: 1, updatedAtMs: 1, pinned: false, temporary: false, settings: {} };
  store.save({ id, title: text, ...common });
  const hit = store.search(query, 1)[0];
  store.delete(id, 1);
  store.purge(2, 2);
  return hit?.snippet;
}

/** The same, as the Postgres store finds and marks it. */
function here(text: string, query: string): string | undefined {
  const phrases = phrasesOf(query);
  const searchable = searchableText(text);
  const finds = (phrase: string[]) => searchable.includes(phrase.map((word) => ` ${word}`).join(""));
  return phrases.length > 0 && phrases.every(finds) ? snippet(text, phrases, 12) : undefined;
}

const words = ["lama", "Lamas", "alpaca", "Über", "über", "é", "hay", "ÉTÉ", "e\u0301te", "Ёж", "x9", "日本", "☀", "a"];
const joints = [" ", " ", " ", ". ", ": ", "-", "\n", ", ", "...", ".", " (", "'"];
const text = fc
  .array(fc.tuple(fc.constantFrom(...words), fc.constantFrom(...joints)), { maxLength: 60 })
  .map((parts) => parts.flat().join(""));
const query = fc
  .array(fc.tuple(fc.constantFrom(...words, "la", "alp", "ub", "ete", "!"), fc.constantFrom(" ", " ", "-", "'")), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => parts.flat().join(""));

it("finds and marks what SQLite's full-text search does, in the same way", () => {
  fc.assert(
    fc.property(text, query, (some, wanted) => {
      expect(here(some, wanted)).toBe(inSqlite(some, wanted));
    }),
    { numRuns: 500 },
  );
});
