import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Conversation, Message } from "../protocol/conversation.js";
import { openDatabase } from "./openDatabase.js";
import { SqliteConversationStore } from "./SqliteConversationStore.js";

let folder: string;
let path: string;
let store: SqliteConversationStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-store-"));
  path = join(folder, "cria.db");
  store = new SqliteConversationStore(openDatabase(path));
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const conversation: Conversation = {
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
const question: Message = {
  id: "m1",
  conversationId: "c1",
  role: "user",
  text: "Hi 🦙",
  status: "complete",
  createdAtMs: 1,
};
const reply: Message = {
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

describe("SqliteConversationStore", () => {
  it("gives back what was added, also after it was opened again", () => {
    store.addMessages(conversation, [question, reply], "request-1");
    store.close();
    store = new SqliteConversationStore(openDatabase(path));
    // The reply in it has not ended yet.
    expect(store.list()).toEqual([{ ...conversation, generating: true }]);
    expect(store.messages("c1")).toEqual([question, reply]);
    expect(store.messageByRequest("request-1")).toEqual(question);
  });

  it("shows the pieces of a reply that is being made, and folds them at its end", () => {
    store.addMessages(conversation, [question, reply], "request-1");
    store.appendPiece("m2", 5, "Hel");
    store.appendPiece("m2", 6, "lo");
    expect(store.message("m2")).toMatchObject({ status: "generating", text: "Hello" });
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
    expect(store.finishReply(reply, { stopReason: "end", stats }, "Hello")).toMatchObject({
      status: "complete",
      text: "Hello",
      stopReason: "end",
      stats,
    });
  });

  it("keeps the text of a reply that the server's death interrupted", () => {
    store.addMessages(conversation, [question, reply], "request-1");
    store.appendPiece("m2", 5, "Once upon");
    const [unfinished] = store.unfinishedReplies();
    expect(unfinished).toMatchObject({ id: "m2", text: "Once upon" });
    const error = { code: "server_ended", message: "ended" } as const;
    store.finishReply(reply, { stopReason: "error", error }, unfinished?.text ?? "");
    expect(store.message("m2")).toMatchObject({
      status: "complete",
      text: "Once upon",
      stopReason: "error",
      error: { code: "server_ended" },
    });
    expect(store.unfinishedReplies()).toEqual([]);
  });

  it("ends no reply that has ended, nor one that another generation is making", () => {
    store.addMessages(conversation, [question, reply], "request-1");
    expect(store.finishReply(reply, { stopReason: "end" }, "Hello")).toMatchObject({ text: "Hello" });
    expect(store.finishReply(reply, { stopReason: "stopped" }, "")).toMatchObject({ text: "Hello", stopReason: "end" });
    expect(store.reopenReply(conversation, { ...reply, text: "Hello" }, "g2", "request-2")).toBe(true);
    store.finishReply(reply, { stopReason: "stopped" }, "");
    expect(store.message("m2")).toMatchObject({ status: "generating", text: "Hello", generationId: "g2" });
  });

  it("serves a request once", () => {
    expect(store.addMessages(conversation, [question, reply], "request-1")).toBe(true);
    expect(store.addMessages({ ...conversation, id: "c2" }, [{ ...question, conversationId: "c2" }], "request-1")).toBe(
      false,
    );
    expect(store.get("c2")).toBeUndefined();
  });

  it("answers no reply that is still being made, and makes none twice at once", () => {
    store.addMessages(conversation, [question, reply], "request-1");
    const busy = expect.objectContaining({ code: "conversation_busy" });
    const answer = { ...question, id: "m3", parentId: "m2" };
    expect(() => store.addMessages(conversation, [answer], "request-2")).toThrowError(busy);
    expect(() => store.reopenReply(conversation, reply, "g2", "request-3")).toThrowError(busy);
    expect(store.messages("c1").map(({ id }) => id)).toEqual(["m1", "m2"]);
  });

  it("gives the path from the root to a message, and none where one is missing", () => {
    store.addMessages(conversation, [question, reply], "request-1");
    expect(store.path("m2")?.map(({ id }) => id)).toEqual(["m1", "m2"]);
    expect(store.path("m9")).toBeUndefined();
    store.deleteMessages(["m1"], 1);
    expect(store.path("m2")).toBeUndefined();
  });

  it("leaves title, pin and settings alone when a message comes", () => {
    store.addMessages(conversation, [question], "request-1");
    store.save({ ...conversation, title: "Cats", pinned: true, settings: { systemPrompt: "Purr." } });
    store.addMessages({ ...conversation, updatedAtMs: 9 }, [{ ...question, id: "m3" }], "request-2");
    expect(store.get("c1")).toMatchObject({ title: "Cats", pinned: true, updatedAtMs: 9 });
  });

  it("adds all messages of a request or none", () => {
    store.addMessages(conversation, [question, reply], "request-1");
    const other = { ...conversation, id: "c2" };
    expect(() =>
      store.addMessages(
        other,
        [
          { ...question, id: "m3", conversationId: "c2" },
          { ...reply, id: "m2" },
        ],
        "request-2",
      ),
    ).toThrow();
    expect(store.get("c2")).toBeUndefined();
    expect(store.message("m3")).toBeUndefined();
  });

  it("deletes a conversation with all that belongs to it", () => {
    store.addMessages(conversation, [question, reply], "request-1");
    store.appendPiece("m2", 5, "x");
    store.delete("c1", 1000);
    expect(store.list()).toEqual([]);
    expect(store.message("m2")).toBeUndefined();
    expect(store.restore("c1")).toEqual({ ...conversation, generating: true });
    expect(store.message("m2")?.text).toBe("x");
    store.delete("c1", 2000);
    store.purge(2001);
    expect(store.restore("c1")).toBeUndefined();
    expect(() => store.appendPiece("m2", 6, "y")).toThrow();
  });

  it("lists the newest conversation first", () => {
    store.addMessages({ ...conversation, updatedAtMs: 1 }, [question], "request-1");
    store.addMessages(
      { ...conversation, id: "c2", updatedAtMs: 9 },
      [{ ...question, id: "m9", conversationId: "c2" }],
      "request-2",
    );
    expect(store.list().map(({ id }) => id)).toEqual(["c2", "c1"]);
  });
});

describe("openDatabase, bad files", () => {
  it("says which file is no database and what to do", () => {
    const bad = join(folder, "bad.db");
    writeFileSync(bad, "this is not a database, it only looks like a file of some length".repeat(40));
    expect(() => openDatabase(bad)).toThrowError(
      expect.objectContaining({
        code: "storage_corrupt",
        message: expect.stringContaining("bad.db"),
      }),
    );
  });

  it("refuses what a newer version wrote", () => {
    const newer = join(folder, "newer.db");
    const db = openDatabase(newer);
    db.exec("PRAGMA user_version = 9999");
    db.close();
    expect(() => openDatabase(newer)).toThrowError(
      expect.objectContaining({ code: "storage_failed", message: expect.stringContaining("newer version") }),
    );
  });
});
