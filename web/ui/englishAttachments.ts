import { formatsOf } from "./formatsOf.js";

const { number, count } = formatsOf("en");

/** The texts about files that go with a message. */
export const englishAttachments = {
  add: "Attach text files",
  listLabel: "Attached files",
  remove: (name: string) => `Remove ${name}`,
  open: (name: string) => `Open ${name}`,
  added: (name: string) => `${name} attached`,
  removed: (name: string) => `${name} removed`,
  sending: "Attaching…",
  cost: (tokens: number) => count(tokens, "token", "tokens"),
  drop: "Drop text and code files here",
  empty: (name: string) => `${name} is empty.`,
  tooBig: (name: string, size: string) => `${name} is too big: ${size}.`,
  tooLong: (name: string, characters: number) => `${name} is too long: ${number.format(characters)} characters.`,
  tooBigHint: (characters: number) => `At most ${number.format(characters)} characters can be attached.`,
  noText: (name: string) => `${name} is not a text file.`,
  noMedia: (name: string) => `This model cannot see or hear: ${name} is not a text file.`,
  noTextHint: "Text and code can be attached, in UTF-8.",
  tooMany: (limit: number) => `At most ${number.format(limit)} files go with a message.`,
  pastedName: "Pasted text.txt",
  pasteOffer: (characters: number) => `You pasted ${number.format(characters)} characters.`,
  pasteAttach: "Attach them as a file",
  pasteKeep: "Keep them in the message",
  download: "Download",
  opening: "Opening the file…",
  failed: "The file could not be opened.",
};
