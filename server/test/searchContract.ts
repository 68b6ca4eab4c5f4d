import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { randomId } from "../platform/randomId.js";
import type { Message } from "../protocol/conversation.js";
import type { ConversationStore } from "../storage/ConversationStore.js";
import { conversation, question, reply, type StoreUnderTest } from "./storeContract.js";

/** What every store of chats finds. Each test has an owner of its own. */
export function searchContract(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(`search in ${name}`, () => {
    let under: StoreUnderTest;
    let store: ConversationStore;
    beforeAll(async () => {
      under = await start();
    });
    beforeEach(() => {
      const opened = under.open(randomId());
      store = opened.stored;
      return () => opened.close();
    });
    afterAll(() => under.remove());

    const text = (id: string, words: string, conversationId = "c1"): Message => ({
      ...question,
      id,
      conversationId,
      text: words,
    });
    const find = async (query: string, limit = 20) =>
      (await store.search(query, limit)).map(({ conversation: { id }, messageId }) => messageId ?? id);

    it("finds every word, unfinished and without accents, titles first", async () => {
      await store.addMessages(
        { ...conversation, title: "Über Lamas" },
        [text("m1", "Alpacas eat hay."), text("m2", "A llama, an alpaca: both spit. Lamas ruhen.")],
        undefined,
      );
      expect(await find("lam")).toEqual(["c1", "m2"]);
      expect(await find("uber LAMA")).toEqual(["c1"]);
      expect(await find("spit alp")).toEqual(["m2"]);
      expect(await find("alpaca: both")).toEqual(["m2"]);
      expect(await find("both-spit")).toEqual(["m2"]);
      expect(await find("spit-both")).toEqual([]);
      expect(await find("paca")).toEqual([]);
      expect(await find("spit & !")).toEqual(["m2"]);
      expect((await store.search("spit", 1))[0]).toMatchObject({
        messageId: "m2",
        snippet: "A llama, an alpaca: both \u0002spit\u0003. Lamas ruhen.",
      });
    });

    it("puts the text first that says most of it in fewest words", async () => {
      const filler = "and then something else was said ".repeat(20);
      await store.addMessages(
        conversation,
        [text("m1", `hay ${filler}`), text("m2", "hay hay hay"), text("m3", `${filler} hay hay`)],
        undefined,
      );
      expect(await find("hay")).toEqual(["m2", "m3", "m1"]);
      expect(await find("hay", 1)).toEqual(["m2"]);
    });

    it("finds a reply when it has ended, and nothing that was deleted", async () => {
      await store.addMessages(conversation, [question, reply], "request-1");
      expect(await find("wonderful")).toEqual([]);
      await store.finishReply(reply, { stopReason: "end" }, "A wonderful day.");
      expect(await find("wonderful")).toEqual(["m2"]);
      await store.deleteMessages(["m2"], 1);
      expect(await find("wonderful")).toEqual([]);
      await store.restoreMessages("m2");
      await store.save({ ...conversation, title: "Cats" });
      expect(await find("dogs")).toEqual([]);
      expect(await find("cats wonderful")).toEqual([]);
      await store.delete("c1", 1);
      expect(await find("wonderful")).toEqual([]);
      expect(await find("cats")).toEqual([]);
    });

    it.each([
      "",
      " ",
      "\0",
      "'",
      '"',
      "%",
      "_",
      "*",
      "(",
      "a\0b",
      "NOT",
      "NEAR(",
      "\\",
      "$1",
      "'; DROP TABLE messages; --",
      "🦙",
    ])("takes %j for words or for nothing", async (query) => {
      await store.addMessages(conversation, [question], "request-1");
      expect(Array.isArray(await store.search(query, 10))).toBe(true);
      expect((await store.messages("c1")).map(({ id }) => id)).toEqual(["m1"]);
    });
  });
}
