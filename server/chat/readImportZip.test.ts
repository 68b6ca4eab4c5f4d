import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { ZipFile } from "yazl";
import { zipOf } from "../test/zipOf.js";
import { readImportZip } from "./readImportZip.js";

const limitBytes = 8 * 2 ** 20;

/** Where the central directory has the file `name`. Source: APPNOTE.TXT, 4.3.12. */
function directoryEntry(zip: Buffer, name: string): number {
  const nameAt = zip.lastIndexOf(name);
  expect(zip.readUInt32LE(nameAt - 46)).toBe(0x02014b50);
  return nameAt - 46;
}

/** The zip, which now says of its file `name` that it unpacks to `sizeBytes`. */
function declaring(zip: Buffer, name: string, sizeBytes: number): Buffer {
  zip.writeUInt32LE(sizeBytes, directoryEntry(zip, name) + 24);
  return zip;
}

async function read(files: Record<string, string>): Promise<unknown> {
  return JSON.parse((await readImportZip(await zipOf(files), limitBytes)).toString());
}

const refuses = (zip: Buffer, message: RegExp, code = "bad_request") =>
  expect(readImportZip(zip, limitBytes)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
    hint: expect.stringMatching(/./),
  });

/** What yauzl found is for whoever looks into it. */
const refusesUnread = (zip: Buffer, reason: RegExp) =>
  expect(readImportZip(zip, limitBytes)).rejects.toMatchObject({
    code: "bad_request",
    message: expect.stringContaining("The zip cannot be read"),
    cause: { message: expect.stringMatching(reason) },
  });

describe("readImportZip", () => {
  it("finds Cria's list, ChatGPT's in one file or in parts in their order, and else the only .json", async () => {
    const other = { "user.json": '"user"', "message_feedback.json": '"feedback"', "chat.html": "<html>" };
    expect(await read({ "Chats/a.md": "# A", "cria-chats.json": "[1]", "conversations.json": "[2]" })).toEqual([[1]]);
    expect(await read({ ...other, "conversations.json": "[2]" })).toEqual([[2]]);
    const parts = { "conversations-10.json": "[3]", "conversations-2.json": "[2]", "conversations-001.json": "[1]" };
    expect(await read({ ...other, ...parts })).toEqual([[1], [2], [3]]);
    expect(await read({ "Anything.JSON": '{"a":"Füchse 🦊"}', "deeper/x.json": "[]", "x.txt": "x" })).toEqual([
      { a: "Füchse 🦊" },
    ]);
  });

  it("takes an export that was unpacked and packed again, with the folder and what the system left in it", async () => {
    const left = {
      ".DS_Store": "\0\0\0\u0001Bud1",
      "__MACOSX/._chats": "\0\u0005\u0016\u0007",
      "__MACOSX/chats/._cria-chats.json": "\0\u0005\u0016\u0007",
      "chats/.DS_Store": "\0\0\0\u0001Bud1",
      "chats/Thumbs.db": "x",
    };
    expect(await read({ ...left, "chats/cria-chats.json": "[1]", "chats/Chats/a.md": "# A" })).toEqual([[1]]);
    expect(
      await read({ "a/b/conversations-2.json": "[2]", "a/b/conversations-1.json": "[1]", "a/x.json": "3" }),
    ).toEqual([[1], [2]]);
    expect(
      await read({ ...left, "chats/mine.json": "[3]", "chats/._mine.json": "x", "chats/deeper/x.json": "[]" }),
    ).toEqual([[3]]);
    // As macOS has it beside the file itself, where a single one was packed.
    expect(await read({ "cria-chats.json": "[4]", "__MACOSX/._cria-chats.json": "x", "._a.json": "x" })).toEqual([[4]]);
    // Beside something else in the zip, and once more further down.
    const beside = { "readme.txt": "x", "old/cria-chats.json": "[5]", "old/older/cria-chats.json": "[6]" };
    expect(await read(beside)).toEqual([[5]]);
  });

  it("takes the folder's own entry, and the Explorer's way of writing it, for nothing else", async () => {
    const zip = new ZipFile();
    zip.addEmptyDirectory("chats/");
    zip.addBuffer(Buffer.from("[1]"), "chats/cria-chats.json");
    zip.end();
    expect(JSON.parse((await readImportZip(await buffer(zip.outputStream), limitBytes)).toString())).toEqual([[1]]);
    const explorer = (await zipOf({ "chats/cria-chats.json": "[2]" })).toString("latin1");
    const backslashes = Buffer.from(explorer.replaceAll("chats/cria", "chats\\cria"), "latin1");
    expect(JSON.parse((await readImportZip(backslashes, limitBytes)).toString())).toEqual([[2]]);
  });

  it("says so when there is none, when it cannot be told which, and when it is empty", async () => {
    await refuses(await zipOf({}), /no \.json file at its top level/);
    await refuses(await zipOf({ "chat.html": "<html>", "deeper/chats.json": "[]" }), /no \.json file/);
    await refuses(await zipOf({ "a.json": "[]", "b.json": "[]" }), /has 2 \.json files/);
    await refuses(await zipOf({ "x/a.json": "[]", "x/b.json": "[]" }), /has 2 \.json files/);
    await refuses(await zipOf({ "x/cria-chats.json": "[]", "y/cria-chats.json": "[]" }), /no \.json file/);
    await refuses(await zipOf({ "__MACOSX/x/cria-chats.json": "[]", ".DS_Store": "x" }), /no \.json file/);
    await refuses(await zipOf({ "cria-chats.json": "" }), /"cria-chats\.json" in the zip is empty/);
  });

  it("[T18] refuses what is no zip, cut off, changed, encrypted, packed in an unknown way or leads elsewhere", async () => {
    const make = () => zipOf({ "cria-chats.json": JSON.stringify([..."llamas"].map((text) => ({ text }))) });
    const whole = await make();
    await refuses(Buffer.alloc(0), /cannot be read/);
    await refuses(Buffer.from("PK, but no zip"), /cannot be read/);
    for (const length of [10, 60, whole.length - 30, whole.length - 1])
      await refuses(whole.subarray(0, length), /cannot be read/);
    // Every byte of the packed text, one after the other.
    const start = 30 + "cria-chats.json".length;
    const end = start + whole.readUInt32LE(directoryEntry(whole, "cria-chats.json") + 20);
    for (let at = start; at < end; at++) {
      const changed = Buffer.from(whole);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      await refuses(changed, /cannot be read/);
    }
    const encrypted = await make();
    encrypted.writeUInt16LE(1, directoryEntry(encrypted, "cria-chats.json") + 8);
    await refuses(encrypted, /"cria-chats\.json" in the zip is encrypted/);
    const unknown = await make();
    unknown.writeUInt16LE(93, directoryEntry(unknown, "cria-chats.json") + 10);
    await refuses(unknown, /packed in a way that is not known/);
    const elsewhere = Buffer.from(
      (await zipOf({ "cria-chats.json": "[]", "aa/bb.md": "" })).toString("latin1").replaceAll("aa/bb.md", "../bb.md"),
      "latin1",
    );
    await refusesUnread(elsewhere, /invalid relative path/);
  });

  it("[T18] unpacks no more than is taken, whatever the zip says of itself", async () => {
    const spaces = Buffer.alloc(limitBytes - 2, " ");
    expect((await readImportZip(await zipOf({ "a.json": spaces }), limitBytes)).length).toBe(limitBytes);
    const bomb = () => zipOf({ "a.json": Buffer.alloc(limitBytes + 1, " ") });
    expect((await bomb()).length).toBeLessThan(20_000);
    await refuses(await bomb(), /take more than 8 MB/, "body_too_large");
    // Of one that lies, no more is unpacked than it says.
    for (const sizeBytes of [1, 100, limitBytes])
      await refusesUnread(declaring(await bomb(), "a.json", sizeBytes), /too many bytes in the stream/);
    await refusesUnread(declaring(await zipOf({ "a.json": "[]" }), "a.json", 3), /not enough bytes/);
    await refuses(
      declaring(await zipOf({ "a.json": "[]" }), "a.json", 2 ** 32 - 1),
      /more than 8 MB/,
      "body_too_large",
    );
    // Each of its parts would be taken.
    const parts = await zipOf({ "conversations-0.json": spaces, "conversations-1.json": spaces });
    await refuses(parts, /more than 8 MB/, "body_too_large");
    const inFolder = await zipOf({ "x/cria-chats.json": Buffer.alloc(limitBytes + 1, " "), "__MACOSX/x": "" });
    await refuses(inFolder, /more than 8 MB/, "body_too_large");
    // Names that are nothing but folders are looked at once each.
    const deep = "a/".repeat(30_000);
    await refuses(await zipOf({ [`${deep}b`]: "", [`${deep}c`]: "", d: "" }), /no \.json file/);
    const many = await zipOf({ "a.json": "[]" });
    many.writeUInt16LE(0xffff, many.length - 12);
    await refuses(many, /cannot be read/);
  });
});
