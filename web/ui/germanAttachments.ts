import type { Messages } from "./english.js";
import { formatsOf } from "./formatsOf.js";

const { number, count } = formatsOf("de");

/** The German texts about files that go with a message. */
export const germanAttachments: Messages["attachments"] = {
  add: "Textdateien anhängen",
  listLabel: "Angehängte Dateien",
  remove: (name) => `${name} entfernen`,
  open: (name) => `${name} öffnen`,
  added: (name) => `${name} angehängt`,
  removed: (name) => `${name} entfernt`,
  sending: "Wird angehängt …",
  cost: (tokens) => count(tokens, "Token", "Tokens"),
  drop: "Text- und Codedateien hier ablegen",
  empty: (name) => `${name} ist leer.`,
  tooBig: (name, size) => `${name} ist zu groß: ${size}.`,
  tooLong: (name, characters) => `${name} ist zu lang: ${count(characters, "Zeichen", "Zeichen")}.`,
  tooBigHint: (characters) => `Angehängt werden können höchstens ${count(characters, "Zeichen", "Zeichen")}.`,
  noText: (name) => `${name} ist keine Textdatei.`,
  noMedia: (name) => `Dieses Modell kann nicht sehen oder hören: ${name} ist keine Textdatei.`,
  noTextHint: "Angehängt werden können Text und Code in UTF-8.",
  tooMany: (limit) => `Zu einer Nachricht gehören höchstens ${number.format(limit)} Dateien.`,
  pastedName: "Eingefügter Text.txt",
  pasteOffer: (characters) => `Sie haben ${count(characters, "Zeichen", "Zeichen")} eingefügt.`,
  pasteAttach: "Als Datei anhängen",
  pasteKeep: "In der Nachricht lassen",
  download: "Herunterladen",
  opening: "Datei wird geöffnet …",
  failed: "Die Datei konnte nicht geöffnet werden.",
};
