import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Conversation, Message } from "../protocol/conversation.js";
import { ChatStores, sqliteStores } from "../storage/ChatStores.js";
import { openDatabase } from "../storage/openDatabase.js";
import { Allowance, guestLimits, messageBytes } from "./Allowance.js";

let stores: ChatStores;
beforeEach(() => {
  stores = new ChatStores(sqliteStores(openDatabase(":memory:")));
});
afterEach(() => stores.close());

const limits = { storedBytes: 2 ** 20, temporaryBytes: 2 ** 20, conversations: 3 };

async function addChat(id: string, text = "Hi"): Promise<void> {
  const conversation: Conversation = {
    id,
    title: id,
    createdAtMs: 1,
    updatedAtMs: 1,
    pinned: false,
    temporary: false,
    settings: {},
  };
  const message: Message = { id: `m${id}`, conversationId: id, role: "user", text, status: "complete", createdAtMs: 1 };
  await stores.stored.addMessages(conversation, [message], undefined);
}

/** How often in a row so much is let in, at most a hundred times. */
async function letIn(allowance: Allowance, bytes: number): Promise<number> {
  for (let count = 0; count < 100; count++)
    try {
      await allowance.take(false, { bytes });
    } catch {
      return count;
    }
  return 100;
}

describe("[AL1] Allowance", () => {
  it("goes by what is stored, whatever was let in and never came", async () => {
    const allowance = new Allowance(stores, limits);
    for (let n = 0; n < 4; n++) await allowance.take(false, { bytes: limits.storedBytes * 0.9 });
    const text = "x".repeat(limits.storedBytes / 4);
    expect(messageBytes({ text })).toBeGreaterThan(limits.storedBytes / 2);
    await addChat("long", text);
    await expect(allowance.take(false, { bytes: limits.storedBytes / 2 })).rejects.toMatchObject({
      code: "allowance_full",
    });
    await expect(allowance.take(false, { bytes: limits.storedBytes / 4 })).resolves.toBeUndefined();
  });

  it("bounds the number of chats, but not what goes on in them", async () => {
    const allowance = new Allowance(stores, limits);
    for (const id of ["a", "b", "c"]) {
      await allowance.take(false, { conversations: 1 });
      await addChat(id);
    }
    await expect(allowance.take(false, { conversations: 1 })).rejects.toMatchObject({
      code: "allowance_full",
      message: "You have 3 chats here.",
    });
    await expect(allowance.take(false, { bytes: 1000 })).resolves.toBeUndefined();
    // Temporary ones are others.
    await expect(allowance.take(true, { conversations: 1 })).resolves.toBeUndefined();
    await stores.stored.delete("a", Date.now());
    await expect(allowance.take(false, { conversations: 1 })).resolves.toBeUndefined();
  });

  it("bounds neither whoever has no limits, nor what is stored where 0 MB are allowed", async () => {
    expect(await letIn(new Allowance(stores, undefined), limits.storedBytes)).toBe(100);
    expect(await letIn(new Allowance(stores, guestLimits(0)), 2 ** 40)).toBe(100);
    expect(await letIn(new Allowance(stores, guestLimits(1)), 2 ** 20 + 1)).toBe(0);
  });
});
