import { afterEach, beforeEach, expect, it } from "vitest";
import { createLogger } from "../platform/logger.js";
import type { Conversation, Message } from "../protocol/conversation.js";
import { ChatStores, sqliteStores } from "../storage/ChatStores.js";
import { openDatabase } from "../storage/openDatabase.js";
import { ReplyJournal } from "./ReplyJournal.js";

const conversation: Conversation = {
  id: "c1",
  title: "Dogs",
  createdAtMs: 1,
  updatedAtMs: 1,
  pinned: false,
  temporary: false,
  settings: {},
};
const reply: Message = {
  id: "m1",
  conversationId: "c1",
  role: "assistant",
  text: "",
  status: "generating",
  generationId: "g1",
  createdAtMs: 1,
};

let stores: ChatStores;
beforeEach(async () => {
  stores = new ChatStores(sqliteStores(openDatabase(":memory:")));
  await stores.stored.addMessages(conversation, [reply], undefined);
});
afterEach(() => stores.close());

it.each([
  ["a new reply", "", ["Hel", "lo"], "Hello"],
  ["one without text that goes on", "", ["", "Hi"], "Hi"],
  ["one that goes on from its text", "Once ", ["Once ", "upon"], "Once upon"],
])("stores the whole text of %s", async (_name, storedText, pieces, whole) => {
  if (storedText !== "") stores.stored.appendPiece?.("m1", 0, storedText);
  const journal = new ReplyJournal(reply, storedText, {
    stores,
    logger: createLogger("silent"),
    finished: () => Promise.resolve(),
  });
  for (const [index, text] of pieces.entries())
    await journal.take({ type: "text", seq: index + 1, text, tokenCount: 1 });
  expect((await stores.message("m1"))?.text).toBe(whole);
  await journal.take({ type: "end", seq: 9, stopReason: "end" });
  expect(await stores.message("m1")).toMatchObject({ status: "complete", text: whole, stopReason: "end" });
});
