import { parentsFirst } from "./parentsFirst.js";
import type { ImportedConversation, ImportedMessage } from "./readImport.js";

/** A message of a file with the files that go with it. */
export interface PreparedMessage extends ImportedMessage {
  files: { name: string; text: string }[];
}

/** A conversation of a file, ready to be compared and stored. */
export interface PreparedImport {
  imported: ImportedConversation;
  /** Every message after its parent. */
  messages: PreparedMessage[];
}

export function prepareImport(imported: ImportedConversation): PreparedImport {
  const texts = new Map(imported.files);
  const messages = parentsFirst(imported.messages).map((message) => ({
    ...message,
    files: (message.more?.attachments ?? []).flatMap(({ id, name }) => {
      const text = texts.get(id);
      // An export of before has no texts of files.
      if (text === undefined) return [];
      // Each goes with one message, as in every export: a file that is named a thousand times must not be stored so often.
      texts.delete(id);
      return [{ name, text }];
    }),
  }));
  return { imported, messages };
}

/** The last millisecond that JavaScript has a date for. */
const lastDateMs = 8.64e15;

/** Whole milliseconds; undefined where a file has no time, or one of no calendar. */
export function timeOf(ms: number): number | undefined {
  return ms > 0 && ms <= lastDateMs ? Math.round(ms) : undefined;
}
