import { chmodSync, copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { closeDatabase, openDatabase, openLockFile } from "./openDatabase.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-store-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

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

describe("openDatabase, a file of an older version", () => {
  it("[AL1] knows what was stored before it was counted", () => {
    const path = join(folder, "old.db");
    const db = openDatabase(path);
    db.exec(`INSERT INTO conversations (id, title, created_at_ms, updated_at_ms) VALUES ('c', 'Häuser', 1, 1);
      INSERT INTO messages (id, conversation_id, role, text, status, created_at_ms) VALUES ('m', 'c', 'user', 'Hi 🦙', 'complete', 1);
      INSERT INTO attachments (id, name, size_bytes, text, created_at_ms) VALUES ('a', 'a.txt', 3, 'abc', 1);
      INSERT INTO presets (name, value) VALUES ('p', '{}')`);
    const counted = db.prepare("SELECT * FROM held").get();
    expect(counted).toMatchObject({ bytes: 4 * 200 + 2 * 7 + 2 * 7 + 3 + 2, conversations: 1 });
    const triggers = db.prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'held_%'").all() as { name: string }[];
    for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`);
    db.exec("DROP TABLE held; PRAGMA user_version = 4");
    closeDatabase(db);
    const again = openDatabase(path);
    expect(again.prepare("SELECT bytes, conversations FROM held").get()).toMatchObject({
      bytes: 4 * 200 + 2 * 7 + 2 * 7 + 3 + 2,
      conversations: 1,
    });
    again.close();
  });
});

describe("closeDatabase", () => {
  it("leaves one file with everything in it", () => {
    const db = openDatabase(join(folder, "cria.db"));
    db.exec("CREATE TABLE kept (word TEXT); INSERT INTO kept VALUES ('llama')");
    closeDatabase(db);
    copyFileSync(join(folder, "cria.db"), join(folder, "copy.db"));
    const copy = openDatabase(join(folder, "copy.db"));
    expect(copy.prepare("SELECT word FROM kept").get()).toMatchObject({ word: "llama" });
    copy.close();
  });

  it("closes while somebody reads, who keeps what he sees", () => {
    const [db, reader] = [openDatabase(join(folder, "cria.db")), openDatabase(join(folder, "cria.db"))];
    db.exec("CREATE TABLE kept (word TEXT); INSERT INTO kept VALUES ('llama')");
    reader.exec("BEGIN");
    reader.prepare("SELECT word FROM kept").get();
    closeDatabase(db);
    expect(reader.prepare("SELECT word FROM kept").get()).toMatchObject({ word: "llama" });
    reader.close();
  });
});

it("[T25] makes files that only their owner can read, in a folder that others can enter", () => {
  chmodSync(folder, 0o755);
  const lock = openLockFile(join(folder, "server.lock"));
  const db = openDatabase(join(folder, "cria.db"));
  const modes = readdirSync(folder).map((name) => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)]);
  db.close();
  lock?.close();
  if (process.platform === "win32") return;
  expect(Object.fromEntries(modes)).toEqual({
    "cria.db": "600",
    "cria.db-shm": "600",
    "cria.db-wal": "600",
    "server.lock": "600",
    "server.lock-journal": "600",
  });
});

it.skipIf(process.platform === "win32")(
  "[T25] takes the rights of others from files that an earlier version has left to them",
  () => {
    const path = join(folder, "cria.db");
    const [first, reader] = [openDatabase(path), openDatabase(path)];
    first.exec("CREATE TABLE kept (word TEXT); INSERT INTO kept VALUES ('llama')");
    const files = ["cria.db", "cria.db-shm", "cria.db-wal"];
    for (const name of files) chmodSync(join(folder, name), 0o644);
    const again = openDatabase(path);
    expect(files.map((name) => (statSync(join(folder, name)).mode & 0o777).toString(8))).toEqual(["600", "600", "600"]);
    // Those who have it open go on.
    again.exec("INSERT INTO kept VALUES ('alpaca')");
    expect(reader.prepare("SELECT count(*) AS count FROM kept").get()).toMatchObject({ count: 2 });
    for (const db of [first, reader, again]) db.close();
  },
);
