import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { randomId } from "../platform/randomId.js";
import type { Conversation, Message } from "../protocol/conversation.js";
import type { ConversationStore } from "../storage/ConversationStore.js";
import type { SettingsStore } from "../storage/SettingsStore.js";

/** The stores of one owner, open. */
export interface OpenedStores {
  stored: ConversationStore;
  settings: SettingsStore;
  close(): Promise<void> | void;
}

/** A database that tests write into. */
export interface StoreUnderTest {
  /** Opens it for an owner; once more, too. */
  open(owner: string): OpenedStores;
  /** What is stored is there when it is opened again. */
  outlivesItsOpening: boolean;
  remove(): Promise<void> | void;
}

export const conversation: Conversation = {
  id: "c1",
  title: "Dogs",
  modelId: "alpaca.demo",
  createdAtMs: 1,
  updatedAtMs: 2,
  headMessageId: "m2",
  pinned: false,
  temporary: false,
  settings: {},
};
export const question: Message = {
  id: "m1",
  conversationId: "c1",
  role: "user",
  text: "Hi 🦙",
  status: "complete",
  createdAtMs: 1,
};
export const reply: Message = {
  id: "m2",
  conversationId: "c1",
  parentId: "m1",
  role: "assistant",
  text: "",
  status: "generating",
  modelId: "alpaca.demo",
  generationId: "g1",
  createdAtMs: 1,
};

const stats = {
  promptTokens: 1,
  cachedTokens: 0,
  generatedTokens: 2,
  contextTokens: 512,
  promptEvalMs: 1,
  generationMs: 1,
  ttftMs: 1,
  tokensPerSecond: 1,
  seed: 4,
};
const error = { code: "server_ended", message: "ended" } as const;
const ids = (all: readonly { id: string }[]) => all.map(({ id }) => id);
/** A promise, also where a store does it at once and throws. */
const doing = async (work: () => unknown) => await work();

/** What every store of chats does. Each test has an owner of its own. */
export function storeContract(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(`chats in ${name}`, () => {
    let under: StoreUnderTest;
    let owner: string;
    let opened: OpenedStores;
    let store: ConversationStore;
    beforeAll(async () => {
      under = await start();
    });
    beforeEach(() => {
      owner = randomId();
      opened = under.open(owner);
      store = opened.stored;
      return () => opened.close();
    });
    afterAll(() => under.remove());

    it("gives back what was added, also after it was opened again", async () => {
      expect(await store.addMessages(conversation, [question, reply], "request-1")).toBe(true);
      if (under.outlivesItsOpening) {
        await opened.close();
        opened = under.open(owner);
        store = opened.stored;
      }
      // The reply in it has not ended yet.
      expect(await store.list()).toEqual([{ ...conversation, generating: true }]);
      expect(await store.get("c1")).toEqual({ ...conversation, generating: true });
      expect(await store.messages("c1")).toEqual([question, reply]);
      expect(await store.messageByRequest("request-1")).toEqual(question);
    });

    it("keeps everything that a conversation and a message can have", async () => {
      const full: Conversation = {
        ...conversation,
        pinned: true,
        settings: { systemPrompt: "Be brief.", sampling: {} },
      };
      await store.addMessages(full, [question], "request-1");
      const other: Message = { ...reply, status: "complete", text: "Hello", stopReason: "error", stats, error };
      await store.addMessages(full, [other], undefined);
      await store.setReadFrom("m2", "m1", "What was said.");
      await store.rate("m2", -1);
      expect(await store.get("c1")).toEqual(full);
      expect(await store.message("m2")).toEqual({
        ...other,
        readFromMessageId: "m1",
        summary: "What was said.",
        rating: -1,
      });
      await store.rate("m2", 0);
      expect(await store.message("m2")).not.toHaveProperty("rating");
    });

    it("stores the whole text of a reply at its end", async () => {
      await store.addMessages(conversation, [question, reply], "request-1");
      store.appendPiece?.("m2", 5, "Hel");
      store.appendPiece?.("m2", 6, "lo");
      if (store.appendPiece !== undefined)
        expect(await store.message("m2")).toMatchObject({ status: "generating", text: "Hello" });
      const ended = { status: "complete", text: "Hello", stopReason: "end", stats };
      expect(await store.finishReply(reply, { stopReason: "end", stats }, "Hello")).toMatchObject(ended);
      expect(await store.message("m2")).toMatchObject(ended);
    });

    it("finds replies that were left unfinished, and ends them", async () => {
      await store.addMessages(conversation, [question, reply], "request-1");
      store.appendPiece?.("m2", 5, "Once upon");
      await store.delete("c1", 5);
      expect(ids(await store.unfinishedReplies())).toEqual(["m2"]);
      expect(await store.finishReply(reply, { stopReason: "error", error }, "Once upon")).toBeUndefined();
      expect(await store.unfinishedReplies()).toEqual([]);
      await store.restore("c1");
      expect(await store.message("m2")).toMatchObject({ status: "complete", text: "Once upon", error });
    });

    it("ends no reply that has ended, nor one that another generation is making", async () => {
      await store.addMessages(conversation, [question, reply], "request-1");
      await store.finishReply(reply, { stopReason: "end" }, "Hello");
      const again = await store.finishReply(reply, { stopReason: "stopped" }, "");
      expect(again).toMatchObject({ text: "Hello", stopReason: "end" });
      expect(await store.reopenReply(conversation, { ...reply, text: "Hello" }, "g2", "request-2")).toBe(true);
      await store.finishReply(reply, { stopReason: "stopped" }, "");
      const inMaking = { status: "generating", text: "Hello", generationId: "g2" };
      expect(await store.message("m2")).toMatchObject(inMaking);
      expect(await store.messageByRequest("request-2")).toMatchObject(inMaking);
    });

    it("adds all messages of a request or none", async () => {
      await store.addMessages(conversation, [question, reply], "request-1");
      const other = { ...conversation, id: "c2" };
      const added = [
        { ...question, id: "m3", conversationId: "c2" },
        { ...reply, id: "m2", parentId: "m3" },
      ];
      await expect(doing(() => store.addMessages(other, added, "request-2"))).rejects.toThrow();
      expect(await store.get("c2")).toBeUndefined();
      expect(await store.message("m3")).toBeUndefined();
    });

    it("serves a request once, also when it comes several times at once", async () => {
      const sent = Array.from({ length: 5 }, (_, n) =>
        doing(() =>
          store.addMessages(
            { ...conversation, id: `c${n}` },
            [{ ...question, id: `m${n}`, conversationId: `c${n}` }],
            "request-1",
          ),
        ),
      );
      expect((await Promise.all(sent)).filter(Boolean)).toHaveLength(1);
      expect(await store.list()).toHaveLength(1);
    });

    it("answers no reply that is still being made, and makes none twice at once", async () => {
      await store.addMessages(conversation, [question, reply], "request-1");
      const busy = { code: "conversation_busy" };
      const answer = { ...question, id: "m3", parentId: "m2" };
      await expect(doing(() => store.addMessages(conversation, [answer], "request-2"))).rejects.toMatchObject(busy);
      await expect(doing(() => store.reopenReply(conversation, reply, "g2", "request-3"))).rejects.toMatchObject(busy);
      expect(ids(await store.messages("c1"))).toEqual(["m1", "m2"]);
      await store.finishReply(reply, { stopReason: "end" }, "Hello");
      const both = await Promise.allSettled(
        ["g2", "g3"].map((generationId) =>
          doing(() => store.reopenReply(conversation, { ...reply, text: "Hello" }, generationId, generationId)),
        ),
      );
      expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    });

    it("gives the path from the root to a message, and none where one is missing", async () => {
      const third = { ...question, id: "m3", parentId: "m2" };
      await store.addMessages(conversation, [question, { ...reply, status: "complete" }, third], "request-1");
      expect(ids((await store.path("m3")) ?? [])).toEqual(["m1", "m2", "m3"]);
      expect(await store.path("m9")).toBeUndefined();
      await store.deleteMessages(["m1"], 1);
      expect(await store.path("m3")).toBeUndefined();
    });

    it("leaves title, pin and settings alone when a message comes", async () => {
      await store.addMessages(conversation, [question], "request-1");
      await store.save({ ...conversation, title: "Cats", pinned: true, settings: { systemPrompt: "Purr." } });
      await store.addMessages({ ...conversation, updatedAtMs: 9 }, [{ ...question, id: "m3" }], "request-2");
      expect(await store.get("c1")).toMatchObject({ title: "Cats", pinned: true, updatedAtMs: 9 });
    });

    it("deletes a conversation with all that belongs to it, for good after a while", async () => {
      await store.addMessages(conversation, [question, reply], "request-1");
      await store.delete("c1", 1000);
      expect(await store.list()).toEqual([]);
      expect(await store.message("m2")).toBeUndefined();
      expect(await store.restore("c1")).toEqual({ ...conversation, generating: true });
      expect((await store.message("m2"))?.id).toBe("m2");
      await store.delete("c1", 2000);
      await store.purge(2000, 2000);
      expect(await store.restore("c1")).toEqual({ ...conversation, generating: true });
      await store.delete("c1", 2000);
      await store.purge(2001, 2001);
      expect(await store.restore("c1")).toBeUndefined();
    });

    it("deletes a long conversation for good, and the end of one", async () => {
      const chain = (conversationId: string): Message[] =>
        Array.from({ length: 1200 }, (_, at) => ({
          ...question,
          id: `${conversationId}-${at}`,
          conversationId,
          ...(at === 0 ? {} : { parentId: `${conversationId}-${at - 1}` }),
        }));
      await store.addMessages(conversation, chain("c1"), undefined);
      await store.addMessages({ ...conversation, id: "c2" }, chain("c2"), undefined);
      await store.delete("c1", 10);
      await store.deleteMessages(ids(chain("c2")).slice(1), 10);
      await store.purge(11, 11);
      expect(await store.restore("c1")).toBeUndefined();
      expect(await store.restoreMessages("c2-1")).toEqual([]);
      expect(ids(await store.messages("c2"))).toEqual(["c2-0"]);
    });

    it("brings back the messages that were deleted together, and no others", async () => {
      const more = ["m3", "m4"].map((id) => ({ ...question, id, parentId: "m2" }));
      await store.addMessages(conversation, [question, { ...reply, status: "complete" }, ...more], undefined);
      await store.deleteMessages(["m4"], 10);
      await store.deleteMessages(["m2", "m3"], 20);
      expect(ids(await store.messages("c1"))).toEqual(["m1"]);
      expect([...(await store.restoreMessages("m2"))].sort()).toEqual(["m2", "m3"]);
      expect(ids(await store.messages("c1"))).toEqual(["m1", "m2", "m3"]);
      expect(await store.restoreMessages("m1")).toEqual([]);
      await store.purge(100, 100);
      expect(await store.restoreMessages("m4")).toEqual([]);
    });

    it("[CV9] brings back no message without those that it stands below, and nothing in a chat that is deleted", async () => {
      const more = ["m3", "m4", "m5"].map((id) => ({ ...question, id, parentId: "m2" }));
      const below = { ...question, id: "m6", parentId: "m4" };
      await store.addMessages(conversation, [question, { ...reply, status: "complete" }, ...more, below], undefined);
      await store.deleteMessages(["m6"], 10);
      await store.deleteMessages(["m5"], 20);
      await store.deleteMessages(["m4"], 30);
      await store.deleteMessages(["m2", "m3"], 40);
      await store.delete("c1", 50);
      expect(await store.restoreMessages("m6")).toEqual([]);
      await store.restore("c1");
      expect(ids(await store.messages("c1"))).toEqual(["m1"]);
      expect([...(await store.restoreMessages("m6"))].sort()).toEqual(["m2", "m3", "m4", "m6"]);
      expect(ids(await store.messages("c1"))).toEqual(["m1", "m2", "m3", "m4", "m6"]);
      expect(await store.restoreMessages("m2")).toEqual([]);
    });

    it("lists the newest conversation first, and messages in the order in which they came", async () => {
      await store.addMessages({ ...conversation, updatedAtMs: 1 }, [{ ...question, createdAtMs: 9000 }], "request-1");
      await store.addMessages(conversation, [{ ...reply, createdAtMs: 5 }], undefined);
      const later = [{ ...question, id: "m9", conversationId: "c2" }];
      await store.addMessages({ ...conversation, id: "c2", updatedAtMs: 9 }, later, "request-2");
      expect(ids(await store.list())).toEqual(["c2", "c1"]);
      expect(ids(await store.messages("c1"))).toEqual(["m1", "m2"]);
    });

    it("gives files to the message that they were posted for, once", async () => {
      const files = ["a", "b"].map((id) => ({ id, name: `${id}.txt`, sizeBytes: 3, text: "абв" }));
      for (const file of files) await store.addAttachment(file, 10);
      expect(await store.isAttached("a")).toBe(false);
      await store.addMessages(conversation, [question], "request-1", [{ messageId: "m1", attachmentIds: ["b", "a"] }]);
      expect((await store.message("m1"))?.attachments).toEqual([
        { id: "b", name: "b.txt", sizeBytes: 3 },
        { id: "a", name: "a.txt", sizeBytes: 3 },
      ]);
      expect(await store.isAttached("a")).toBe(true);
      await store.addMessages(conversation, [{ ...question, id: "m3" }], "request-2", [
        { messageId: "m3", attachmentIds: ["a"] },
      ]);
      expect(await store.message("m3")).not.toHaveProperty("attachments");
      await store.forgetAttachment("a");
      await store.addAttachment({ id: "c", name: "c.txt", sizeBytes: 1, text: "x" }, 10);
      await store.purge(11, 10);
      expect(await store.attachmentText("c")).toEqual({ name: "c.txt", text: "x" });
      await store.purge(0, 11);
      expect(await store.attachmentText("a")).toEqual({ name: "a.txt", text: "абв" });
      expect(await store.attachmentText("c")).toBeUndefined();
    });

    it("stores messages with their files, or neither", async () => {
      for (const id of ["a", "b"]) await store.addAttachment({ id, name: id, sizeBytes: 1, text: id }, 10);
      const attached = [
        { messageId: "m1", attachmentIds: ["a"] },
        { messageId: "m3", attachmentIds: ["b"] },
      ];
      const second = { ...question, id: "m3" };
      // The third has an id that is taken, which shows when the first two are written already.
      const broken = () => store.addMessages(conversation, [question, second, question], undefined, attached);
      await expect(doing(broken)).rejects.toThrow();
      expect(await store.message("m1")).toBeUndefined();
      expect(await store.isAttached("a")).toBe(false);
      await store.addMessages(conversation, [question, second], undefined, attached);
      expect((await store.message("m1"))?.attachments).toMatchObject([{ id: "a" }]);
      expect((await store.message("m3"))?.attachments).toMatchObject([{ id: "b" }]);
    });

    it("keeps parameters by scope, and presets by name", async () => {
      const { settings } = opened;
      await settings.set("everyone", { systemPrompt: "Be brief." });
      await settings.set({ modelId: "alpaca.demo" }, { sampling: { temperature: 0.2 } });
      for (const name of ["wild", "Calm", "wild"]) await settings.savePreset({ name, sampling: { topK: name.length } });
      expect(await settings.all()).toEqual({
        everyone: { systemPrompt: "Be brief." },
        models: { "alpaca.demo": { sampling: { temperature: 0.2 } } },
        presets: [
          { name: "Calm", sampling: { topK: 4 } },
          { name: "wild", sampling: { topK: 4 } },
        ],
      });
      await settings.set("everyone", { sampling: {} });
      await settings.deletePreset("Calm");
      expect(await settings.all()).toMatchObject({ everyone: {}, presets: [{ name: "wild" }] });
    });

    it("[T6] shows, changes and deletes nothing of another owner, whatever is asked for by its id", async () => {
      await store.addMessages(conversation, [question, { ...reply, status: "complete", text: "Hi." }], "request-1");
      await store.addAttachment({ id: "a", name: "a.txt", sizeBytes: 1, text: "x" }, 10);
      await opened.settings.savePreset({ name: "mine" });
      const before = [await store.messages("c1"), await store.get("c1"), await store.attachmentText("a")];
      const other = under.open(randomId());
      const { stored } = other;
      expect(await stored.list()).toEqual([]);
      expect(await stored.get("c1")).toBeUndefined();
      expect(await stored.messages("c1")).toEqual([]);
      expect(await stored.message("m1")).toBeUndefined();
      expect(await stored.path("m2")).toBeUndefined();
      expect(await stored.messageByRequest("request-1")).toBeUndefined();
      expect(await stored.attachmentText("a")).toBeUndefined();
      expect(await stored.search("Dogs", 10)).toEqual([]);
      expect(await stored.unfinishedReplies()).toEqual([]);
      expect(await other.settings.all()).toEqual({ everyone: {}, models: {}, presets: [] });
      await other.settings.deletePreset("mine");
      await stored.rate("m2", 1);
      await stored.setReadFrom("m2", "m1", "no");
      await stored.finishReply(reply, { stopReason: "stopped" }, "no");
      await stored.delete("c1", 1);
      expect(await stored.restore("c1")).toBeUndefined();
      await stored.deleteMessages(["m1"], 1);
      expect(await stored.restoreMessages("m1")).toEqual([]);
      await stored.forgetAttachment("a");
      await stored.purge(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
      // Nobody answers a message of somebody else's; the same ids are others in another's chats.
      const answer = { ...question, id: "m7", conversationId: "c7", parentId: "m2" };
      await expect(doing(() => stored.addMessages({ ...conversation, id: "c7" }, [answer], "r"))).rejects.toMatchObject(
        {
          code: "message_not_found",
        },
      );
      expect(await stored.addMessages({ ...conversation, title: "Mine" }, [question], "request-1")).toBe(true);
      await other.close();
      expect([await store.messages("c1"), await store.get("c1"), await store.attachmentText("a")]).toEqual(before);
      expect((await opened.settings.all()).presets).toEqual([{ name: "mine" }]);
    });
  });
}
