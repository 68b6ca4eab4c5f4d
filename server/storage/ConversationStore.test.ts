import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Conversation, Message } from "../protocol/conversation.js";
import { ConversationStore } from "./ConversationStore.js";
import { openDatabase } from "./openDatabase.js";

let folder: string;
let path: string;
let store: ConversationStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-store-"));
  path = join(folder, "cria.db");
  store = new ConversationStore(openDatabase(path));
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

describe("ConversationStore", () => {
  it("gives back what was added, also after it was opened again", () => {
    store.addMessages(conversation, [question, reply], "request-1");
    store.close();
    store = new ConversationStore(openDatabase(path));
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
    expect(store.finishReply("m2", { stopReason: "end", stats })).toMatchObject({
      status: "complete",
      text: "Hello",
      stopReason: "end",
      stats,
    });
  });

  it("keeps the text of a reply that the server's death interrupted", () => {
    store.addMessages(conversation, [question, reply], "request-1");
    store.appendPiece("m2", 5, "Once upon");
    expect(store.finishInterrupted({ code: "server_ended", message: "ended" })).toBe(1);
    expect(store.message("m2")).toMatchObject({
      status: "complete",
      text: "Once upon",
      stopReason: "error",
      error: { code: "server_ended" },
    });
    expect(store.finishInterrupted({ code: "server_ended", message: "ended" })).toBe(0);
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
