import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Conversation } from "../protocol/conversation.js";
import { openDatabase } from "./openDatabase.js";
import { openOrSetAside } from "./openOrSetAside.js";
import { SqliteConversationStore } from "./SqliteConversationStore.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-aside-"));
  path = join(folder, "cria.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

const conversation: Conversation = {
  id: "c1",
  title: "A title",
  createdAtMs: 1,
  updatedAtMs: 1,
  pinned: false,
  temporary: false,
  settings: {},
};

/** A database with enough in it to have several pages. */
function fill(): void {
  const store = new SqliteConversationStore(openDatabase(path));
  for (let n = 0; n < 200; n++) store.save({ ...conversation, id: `c${n}`, title: `Title ${n} `.repeat(20) });
  store.list();
  store.close();
  const db = openDatabase(path);
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
}

/** What the log beside the file holds would heal it. */
function forgetLog(): void {
  for (const suffix of ["-wal", "-shm"]) rmSync(path + suffix, { force: true });
}

const now = new Date("2026-02-03T04:05:06.789Z");

describe("openOrSetAside", () => {
  it("opens what is whole, and makes what is not there", () => {
    openOrSetAside(path).db.close();
    fill();
    const { db, setAsidePath } = openOrSetAside(path);
    expect(setAsidePath).toBeUndefined();
    expect(new SqliteConversationStore(db).list()).toHaveLength(200);
    db.close();
  });

  it.each<[string, (bytes: Buffer) => void]>([
    ["nothing but noise", () => writeFileSync(path, "no database at all, but long enough to be one. ".repeat(500))],
    ["a header that is wrong", (bytes) => writeFileSync(path, bytes.fill(7, 0, 100))],
    [
      "pages that contradict each other",
      (bytes) => {
        for (let at = 4096 + 8; at < bytes.length; at += 97) bytes[at] = (bytes[at] ?? 0) ^ 0x5a;
        writeFileSync(path, bytes);
      },
    ],
    ["half of itself", (bytes) => truncateSync(path, Math.floor(bytes.length / 8192) * 4096)],
  ])("sets aside a file with %s, byte for byte, and begins an empty one", (_name, damage) => {
    fill();
    forgetLog();
    damage(readFileSync(path));
    const damaged = readFileSync(path);
    const { db, setAsidePath } = openOrSetAside(path, now);
    expect(setAsidePath).toBe(`${path}.corrupt-2026-02-03T04-05-06Z`);
    expect(readFileSync(setAsidePath ?? "")).toEqual(damaged);
    const store = new SqliteConversationStore(db);
    store.save(conversation);
    expect(store.list()).toHaveLength(1);
    store.close();
    expect(openOrSetAside(path).setAsidePath).toBeUndefined();
  });

  it("never overwrites one that was set aside before", () => {
    for (const text of ["first", "second", "third"]) {
      forgetLog();
      writeFileSync(path, `${text} file that is no database`.repeat(500));
      openOrSetAside(path, now).db.close();
    }
    const kept = readdirSync(folder).filter((name) => name.includes("corrupt"));
    expect(kept.map((name) => readFileSync(join(folder, name), "utf8").slice(0, 5)).sort()).toEqual([
      "first",
      "secon",
      "third",
    ]);
  });

  it("leaves alone what a newer version wrote", () => {
    const db = openDatabase(path);
    db.exec("PRAGMA user_version = 9999");
    db.close();
    expect(() => openOrSetAside(path)).toThrowError(expect.objectContaining({ code: "storage_failed" }));
    expect(readdirSync(folder).filter((name) => name.includes("corrupt"))).toEqual([]);
  });
});

describe("a disk that takes nothing", () => {
  it.runIf(process.platform === "linux")("is told as such already when a database is opened on it", () => {
    expect(() => openDatabase("/dev/full")).toThrowError(
      expect.objectContaining({ code: "disk_full", hint: expect.stringContaining("Free some room") }),
    );
  });

  it("is told as such, with the transaction undone and what was there still readable", () => {
    fill();
    const db = openDatabase(path);
    const store = new SqliteConversationStore(db);
    const pages = (db.prepare("PRAGMA page_count").get() as { page_count: number }).page_count;
    db.exec(`PRAGMA max_page_count = ${pages}`);
    const big = { ...conversation, id: "big", title: "x".repeat(1_000_000) };
    expect(() => store.addMessages(big, [], "request")).toThrowError(
      expect.objectContaining({ code: "disk_full", hint: expect.stringContaining("Free some room") }),
    );
    expect(() => store.save(big)).toThrowError(expect.objectContaining({ code: "disk_full" }));
    expect(store.get("big")).toBeUndefined();
    expect(store.list()).toHaveLength(200);
    db.exec("PRAGMA max_page_count = 1000000");
    store.save(big);
    expect(store.get("big")?.title).toHaveLength(1_000_000);
    store.close();
  });

  it("that may only be read is told as such", () => {
    fill();
    const db = openDatabase(path);
    const store = new SqliteConversationStore(db);
    db.exec("PRAGMA query_only = ON");
    expect(() => store.save(conversation)).toThrowError(
      expect.objectContaining({ code: "storage_failed", hint: expect.stringContaining("readonly") }),
    );
    expect(store.list()).toHaveLength(200);
    store.close();
  });
});

describe("a clock that is set back", () => {
  it("does not put a reply before its question", () => {
    const store = new SqliteConversationStore(openDatabase(path));
    const message = { conversationId: "c1", role: "user" as const, text: "x", status: "complete" as const };
    store.addMessages(
      conversation,
      [
        { ...message, id: "m1", createdAtMs: 9_000_000 },
        { ...message, id: "m2", parentId: "m1", role: "assistant", createdAtMs: 5 },
        { ...message, id: "m3", parentId: "m2", createdAtMs: 4 },
      ],
      undefined,
    );
    expect(store.messages("c1").map(({ id }) => id)).toEqual(["m1", "m2", "m3"]);
    store.close();
  });
});
