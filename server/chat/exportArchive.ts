import { Readable } from "node:stream";
import { ZipFile } from "yazl";
import type { Conversation } from "../protocol/conversation.js";
import { exportFileName } from "./exportConversation.js";

/** A chat's place in the archive: the day it was changed last, and its title. */
function fileName(conversation: Conversation, taken: Set<string>): string {
  const day = new Date(conversation.updatedAtMs).toISOString().slice(0, 10);
  const whole = `${day}-${exportFileName(conversation, "md")}`;
  let name = whole;
  // Some file systems take A and a for the same.
  for (let number = 2; taken.has(name.toLowerCase()); number++) name = whole.replace(/\.md$/, `-${number}.md`);
  taken.add(name.toLowerCase());
  return name;
}

/**
 * A zip of one Markdown file per chat, for people to read. `textOf` is asked for one chat after the other, while the zip is read, so that
 * a long history is never in memory as a whole; undefined leaves the chat's file empty. What it throws ends the stream with that error.
 */
export function exportArchive(
  conversations: readonly Conversation[],
  folder: string,
  textOf: (conversation: Conversation) => Promise<string | undefined>,
): Readable {
  const zip = new ZipFile();
  const taken = new Set<string>();
  // Typed as what yazl makes it of; it is a PassThrough.
  const output = zip.outputStream as Readable;
  zip.on("error", (error: Error) => output.destroy(error));
  for (const conversation of conversations)
    zip.addReadStreamLazy(
      `${folder}/${fileName(conversation, taken)}`,
      { mtime: new Date(conversation.updatedAtMs) },
      (opened) => {
        textOf(conversation).then(
          (text) => opened(null, Readable.from([Buffer.from(text ?? "")])),
          (error: unknown) => opened(error, Readable.from([])),
        );
      },
    );
  zip.end();
  return output;
}
