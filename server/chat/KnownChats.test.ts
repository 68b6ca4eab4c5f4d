import { expect, it } from "vitest";
import type { Conversation } from "../protocol/conversation.js";
import { openDatabase } from "../storage/openDatabase.js";
import { SqliteConversationStore } from "../storage/SqliteConversationStore.js";
import { KnownChats } from "./KnownChats.js";
import { prepareImport } from "./prepareImport.js";
import { readImport } from "./readImport.js";

/** As several imports may bring them: all begun at one moment. Compared one with all others, they would take minutes. */
const count = 60_000;

it("[T22] finds thousands of chats that were begun at one moment, or says soon that it does not", async () => {
  const chat = (at: number): Conversation => ({
    id: `stored-${at}`,
    title: at % 2 === 0 ? "even" : "odd",
    createdAtMs: 5,
    updatedAtMs: 5,
    pinned: false,
    temporary: false,
    settings: {},
  });
  const message = (at: number) => ({
    role: "user" as const,
    text: `x${at}`,
    status: "complete" as const,
    createdAtMs: 5,
  });
  const db = openDatabase(":memory:");
  const store = new SqliteConversationStore(db);
  for (let at = 0; at < count; at++)
    store.addMessages(chat(at), [{ ...message(at), id: `m${at}`, conversationId: `stored-${at}` }], undefined);
  const chats = Array.from({ length: count }, (_, at) => ({
    format: "cria-conversation",
    formatVersion: 1,
    conversation: { ...chat(at), id: `file-${at}` },
    messages: [{ ...message(at), id: "m", conversationId: "c" }],
  }));
  const known = await KnownChats.of(store);
  const found = new Map<number, string | undefined>();
  const prepared = chats.flatMap((one) => [...readImport(one)]).map(prepareImport);
  for (const [at, one] of prepared.entries()) found.set(at, (await known.find(one))?.conversation.id);
  db.close();
  // The first has been compared with all that are called as it is.
  expect(found.get(0)).toBe("stored-0");
  expect(found.size).toBe(count);
});
