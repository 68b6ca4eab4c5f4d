import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomId } from "../platform/randomId.js";
import type { Message } from "../protocol/conversation.js";
import { conversation, question, type StoreUnderTest } from "./storeContract.js";

const messages: Message[] = Array.from({ length: 450 }, (_, index) => ({
  ...question,
  id: `m${index}`,
  ...(index === 0 ? {} : { parentId: `m${index - 1}` }),
  // Many at one moment.
  createdAtMs: Math.floor(index / 300),
}));

/** How every store of chats takes and gives a long chat bit by bit ([EX6]). */
export function piecesContract(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(`long chats in ${name}`, () => {
    let under: StoreUnderTest;
    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under.remove());

    it("are hidden until they are shown, and go by themselves if they never are", async () => {
      const { stored, close } = under.open(randomId());
      await stored.addHidden(conversation, 1000);
      await stored.addAttachment({ id: "a", name: "a.txt", sizeBytes: 3, text: "abc" }, 1);
      await stored.addSome(messages.slice(0, 300), [{ messageId: "m0", attachmentIds: ["a"] }]);
      expect([await stored.list(), await stored.message("m1"), await stored.search("Hi", 5)]).toEqual([
        [],
        undefined,
        [],
      ]);
      await stored.addSome(messages.slice(300), []);
      expect(await stored.restore("c1")).toEqual(conversation);
      const [first, ...others] = await stored.messages("c1");
      expect(first).toEqual({ ...messages[0], attachments: [{ id: "a", name: "a.txt", sizeBytes: 3 }] });
      expect(others).toEqual(messages.slice(1));

      await stored.addHidden({ ...conversation, id: "c2" }, 1000);
      await stored.addSome([{ ...question, id: "n", conversationId: "c2" }], []);
      await stored.purge(1000, 0);
      expect((await stored.held()).conversations).toBe(2);
      await stored.purge(1001, 0);
      expect((await stored.held()).conversations).toBe(1);
      expect(await stored.messages("c1")).toHaveLength(450);
      await close();
    });

    it("are read in pages, each message once", async () => {
      const { stored, close } = under.open(randomId());
      await stored.addMessages(conversation, messages, undefined);
      await stored.addMessages({ ...conversation, id: "c3" }, [{ ...question, id: "o", conversationId: "c3" }], "r");
      await stored.deleteMessages(["m449"], 5);
      const read: Message[] = [];
      for await (const page of stored.messagePages("c1")) read.push(...page);
      expect(read).toEqual(messages.slice(0, 449));
      await close();
    });
  });
}
