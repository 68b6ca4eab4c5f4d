import { Readable } from "node:stream";
import { ZipFile } from "yazl";
import { AppError } from "../platform/AppError.js";
import type { Conversation } from "../protocol/conversation.js";
import type { ConversationService, OpenConversation } from "./ConversationService.js";
import { type ExportWords, exportAsJson, exportAsMarkdown, exportFileName } from "./exportConversation.js";

/** The list of all chats, by itself and in the zip, where an import looks for it. */
export const allChatsFileName = "cria-chats.json";

type Chats = Pick<ConversationService, "list" | "open" | "filesOf">;

/**
 * Every stored chat as one JSON list, which can be imported again. Read one after the other while the stream is read: a long history is
 * never in memory as a whole.
 */
export async function exportAllAsJson(chats: Chats): Promise<Readable> {
  return Readable.from(jsonPieces(chats, await storedChats(chats)));
}

/**
 * A zip with a folder of one Markdown file per stored chat, for people to read, and beside it the list of {@link exportAllAsJson}, which
 * brings them back. As that it is made while it is read; what goes wrong in between ends the stream with that error.
 */
export async function exportAllAsZip(chats: Chats, words: ExportWords): Promise<Readable> {
  const listed = await storedChats(chats);
  const zip = new ZipFile();
  // yazl's types say less than what it is: a PassThrough.
  const output = zip.outputStream as Readable;
  zip.on("error", (error: Error) => output.destroy(error));
  const taken = new Set<string>();
  for (const conversation of listed)
    zip.addReadStreamLazy(
      `${words.chats}/${fileName(conversation, taken)}`,
      { mtime: new Date(conversation.updatedAtMs) },
      (opened) => opened(null, failingWith(zip, Readable.from(markdownOf(chats, conversation.id, words)))),
    );
  zip.addReadStreamLazy(allChatsFileName, (opened) =>
    opened(null, failingWith(zip, Readable.from(jsonPieces(chats, listed)))),
  );
  zip.end();
  return output;
}

async function storedChats(chats: Chats): Promise<Conversation[]> {
  return (await chats.list()).filter(({ temporary }) => !temporary);
}

async function* jsonPieces(chats: Chats, listed: readonly Conversation[]): AsyncGenerator<string> {
  yield "[";
  let separator = "";
  for (const { id } of listed) {
    const opened = await openOne(chats, id);
    if (opened === undefined) continue;
    const { conversation, messages } = opened;
    yield `${separator}${JSON.stringify(exportAsJson(conversation, messages, await chats.filesOf(messages)))}`;
    separator = ",\n";
  }
  yield "]\n";
}

/** Empty for a chat that was deleted while the others were written: its place in the zip is named by then. */
async function* markdownOf(chats: Chats, conversationId: string, words: ExportWords): AsyncGenerator<string> {
  const opened = await openOne(chats, conversationId);
  if (opened !== undefined) yield exportAsMarkdown(opened.conversation, opened.messages, words);
}

async function openOne(chats: Chats, conversationId: string): Promise<OpenConversation | undefined> {
  try {
    return await chats.open(conversationId);
  } catch (error) {
    if (AppError.from(error).code !== "conversation_not_found") throw error;
    return undefined;
  }
}

/** yazl does not look at what becomes of a stream that it is given. */
function failingWith(zip: ZipFile, stream: Readable): Readable {
  return stream.on("error", (error) => zip.emit("error", error));
}

/** A chat's place in the zip: the day it was changed last, and its title. */
function fileName(conversation: Conversation, taken: Set<string>): string {
  const day = new Date(conversation.updatedAtMs).toISOString().slice(0, 10);
  const whole = `${day}-${exportFileName(conversation, "md")}`;
  let name = whole;
  // Some file systems take A and a for the same.
  for (let number = 2; taken.has(name.toLowerCase()); number++) name = whole.replace(/\.md$/, `-${number}.md`);
  taken.add(name.toLowerCase());
  return name;
}
