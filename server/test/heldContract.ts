import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomId } from "../platform/randomId.js";
import type { Message } from "../protocol/conversation.js";
import { conversation, question, type StoreUnderTest } from "./storeContract.js";

/** Words that are new each time: an index of them takes room. */
function words(bytes: number): string {
  let text = "";
  while (text.length < bytes) text += `${randomId()} `;
  return text.slice(0, bytes);
}

/** How every store of chats tells what an owner holds ([AL1]). */
export function heldContract(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(`what an owner holds in ${name}`, () => {
    let under: StoreUnderTest;
    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under.remove());

    it("grows with messages, files and presets, and shrinks when they are gone for good", async () => {
      const { stored, settings, close } = under.open(randomId());
      const before = await stored.held();
      expect(before.conversations).toBe(0);
      const messages: Message[] = Array.from({ length: 20 }, (_, index) => ({
        ...question,
        id: `m${index}`,
        text: words(50_000),
      }));
      await stored.addMessages(conversation, messages, undefined);
      const chatted = await stored.held();
      expect(chatted.conversations).toBe(1);
      expect(chatted.bytes - before.bytes).toBeGreaterThan(2_000_000);
      await stored.addAttachment({ id: "a", name: "a.txt", sizeBytes: 200_000, text: words(200_000) }, 1);
      const attached = await stored.held();
      expect(attached.bytes - chatted.bytes).toBeGreaterThan(200_000);
      await settings.savePreset({ name: "mine", systemPrompt: words(20_000) });
      expect((await stored.held()).bytes - attached.bytes).toBeGreaterThan(20_000);

      // What can still be brought back is still held.
      await stored.delete("c1", 5);
      expect((await stored.held()).bytes).toBeGreaterThanOrEqual(attached.bytes);
      await settings.deletePreset("mine");
      await stored.purge(6, 2);
      const after = await stored.held();
      expect(after.conversations).toBe(0);
      expect(after).toEqual(before);
      await close();
    });

    it("[T6] is nobody else's", async () => {
      const alice = under.open(randomId());
      const bob = under.open(randomId());
      const before = await bob.stored.held();
      await alice.stored.addMessages(conversation, [{ ...question, text: words(100_000) }], undefined);
      expect(await bob.stored.held()).toEqual(before);
      await alice.close();
      await bob.close();
    });
  });
}
