import { crc32 } from "node:zlib";
import { type Entry, fromBufferPromise, type ZipFile } from "yauzl";
import { AppError } from "../platform/AppError.js";
import { allChatsFileName } from "./exportAll.js";

/** An export has a file per chat, or per picture in one. */
const maxEntries = 100_000;

const ownFile = new RegExp(`^${allChatsFileName.replaceAll(".", "\\.")}$`);

/** What the Finder and the Explorer put beside the files of a folder that they pack. Source: AppleDouble, RFC 1740. */
const leftBySystems = /^__MACOSX\/|(^|\/)(\._[^/]*|\.DS_Store|Thumbs\.db|desktop\.ini)$/i;

/** ChatGPT's data export; a long history comes in numbered parts, beside other files of JSON. */
const chatGptFile = /^conversations(-\d+)?\.json$/i;

/**
 * Takes the chats' files out of a zip that an export made: `cria-chats.json`, ChatGPT's `conversations.json` or its parts, or else the
 * only `.json` at the top level, which is a folder where an export was unpacked and packed again. Gives the text, in UTF-8, of a JSON list
 * with one value per file; whether it is JSON is not looked at.
 * All of them together unpack to `limitBytes` at most, by what the zip says before anything is unpacked, and by what comes out ([T18]).
 * Throws `bad_request`, or `body_too_large`.
 */
export async function readImportZip(zip: Buffer, limitBytes: number): Promise<Buffer> {
  const archive = await orUnreadable(() => fromBufferPromise(zip));
  const entries = chooseEntries(await orUnreadable(() => listEntries(archive)));
  let declaredBytes = 0;
  for (const { fileName, uncompressedSize } of entries) {
    if (uncompressedSize === 0)
      throw new AppError("bad_request", `The file "${fileName}" in the zip is empty.`, { hint: exportAgainHint });
    declaredBytes += uncompressedSize;
  }
  if (declaredBytes > limitBytes)
    throw new AppError("body_too_large", `The chats in the zip take more than ${limitBytes / 2 ** 20} MB.`, {
      hint: "Export these chats one by one, and import what comes out.",
    });
  const pieces: Uint8Array[] = [];
  for (const entry of entries) {
    pieces.push(Buffer.from(pieces.length === 0 ? "[" : ","));
    if (entry.isEncrypted())
      throw new AppError("bad_request", `The file "${entry.fileName}" in the zip is encrypted.`, {
        hint: "Unpack the zip with its password and choose the .json file.",
      });
    if (!entry.canDecodeFileData())
      throw new AppError(
        "bad_request",
        `The file "${entry.fileName}" in the zip is packed in a way that is not known here.`,
        {
          hint: exportAgainHint,
        },
      );
    for (const piece of await orUnreadable(() => unpack(archive, entry))) pieces.push(piece);
  }
  return Buffer.concat([...pieces, Buffer.from("]")]);
}

const exportAgainHint = "Export the chats again, or unpack the zip and choose the .json file.";

async function listEntries(archive: ZipFile): Promise<Entry[]> {
  if (archive.entryCount > maxEntries) throw new Error(`it says it has ${archive.entryCount} files`);
  const entries: Entry[] = [];
  for await (const entry of archive.eachEntry()) entries.push(entry);
  return entries;
}

function chooseEntries(all: readonly Entry[]): Entry[] {
  const files = all.filter(({ fileName }) => !fileName.endsWith("/") && !leftBySystems.test(fileName));
  const folder = topFolder(files.map(({ fileName }) => fileName));
  const matching = (name: RegExp) =>
    files.filter(({ fileName }) => folderOf(fileName) === folder && name.test(fileName.slice(folder.length)));
  const own = matching(ownFile);
  if (own.length === 1) return own;
  const chatGpt = matching(chatGptFile);
  if (own.length === 0 && chatGpt.length > 0)
    return chatGpt.sort((a, b) => a.fileName.localeCompare(b.fileName, "en", { numeric: true }));
  const json = matching(/\.json$/i);
  if (json.length === 1) return json;
  if (json.length === 0)
    throw new AppError("bad_request", "The zip has no .json file at its top level.", {
      hint: "Choose the zip as the export made it, or a .json file of chats.",
    });
  throw new AppError("bad_request", `The zip has ${json.length} .json files, and none is known to be the chats.`, {
    hint: "Unpack the zip and choose the .json file that has the chats.",
  });
}

/** The folder with an export's files where there is one that lies above all others, else the one that has all files in it: `""` or `a/b/`. */
function topFolder(names: readonly string[]): string {
  const known = names.map(folderOf).filter((folder, at) => isKnown(names[at]?.slice(folder.length) ?? ""));
  const depth = (folder: string) => folder.split("/").length;
  const least = Math.min(...new Set(known.map(depth)));
  const [highest, ...others] = new Set(known.filter((folder) => depth(folder) === least));
  if (highest !== undefined && others.length === 0) return highest;
  let shared = folderOf(names[0] ?? "");
  for (const name of names) while (!name.startsWith(shared)) shared = folderOf(shared.slice(0, -1));
  return shared;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

function isKnown(name: string): boolean {
  return ownFile.test(name) || chatGptFile.test(name);
}

/** Throws what yauzl does, also where more or fewer bytes come out than the zip says, and for a wrong checksum. */
async function unpack(archive: ZipFile, entry: Entry): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  let checksum = 0;
  for await (const piece of await archive.openReadStreamPromise(entry)) {
    pieces.push(piece);
    checksum = crc32(piece, checksum);
  }
  if (checksum !== entry.crc32) throw new Error(`the checksum of ${entry.fileName} differs`);
  return pieces;
}

async function orUnreadable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new AppError("bad_request", "The zip cannot be read: it is damaged, encrypted or no zip at all.", {
      hint: exportAgainHint,
      cause: error,
    });
  }
}
