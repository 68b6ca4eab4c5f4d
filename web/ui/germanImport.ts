import type { Messages } from "./english.js";
import { formatsOf } from "./formatsOf.js";

const { count } = formatsOf("de");

/** The German texts about chats from files. */
export const germanImport: Messages["importDialog"] = {
  title: "Chats importieren",
  explanation:
    "Aus einer Datei, die Cria, ChatGPT oder llama.cpp exportiert hat: eine .zip-Datei, wie sie ist, oder .json. Gespeichert wird erst, wenn Sie zustimmen.",
  chooseFile: "Datei auswählen",
  reading: "Datei wird gelesen …",
  found: (value) => `${count(value, "Chat", "Chats")} in dieser Datei`,
  messages: (value) => count(value, "Nachricht", "Nachrichten"),
  here: "schon vorhanden",
  someHere: (value) =>
    count(value, "ist schon vorhanden und wird nicht verdoppelt.", "sind schon vorhanden und werden nicht verdoppelt."),
  allHere: "Alles davon ist schon vorhanden, es gibt nichts zu importieren.",
  newMessages: (value) => count(value, "neue Nachricht", "neue Nachrichten"),
  importAll: (value) => `${count(value, "Chat", "Chats")} importieren`,
  importing: "Import läuft …",
  done: (value) => `${count(value, "Chat", "Chats")} importiert.`,
  extended: (value) => `${count(value, "vorhandener Chat hat", "vorhandene Chats haben")} neue Nachrichten bekommen.`,
  present: (value) => `${count(value, "Chat war", "Chats waren")} schon vorhanden.`,
  unknownFile: "Diese Datei ist weder JSON noch ein Zip-Archiv.",
  unknownFileHint: "Wählen Sie die .zip- oder .json-Datei so, wie sie exportiert wurde.",
  cancel: "Abbrechen",
  close: "Schließen",
};
