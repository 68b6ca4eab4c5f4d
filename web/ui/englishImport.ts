import { formatsOf } from "./formatsOf.js";

const { count } = formatsOf("en");

/** The texts about chats from files. */
export const englishImport = {
  title: "Import chats",
  explanation:
    "From a file that Cria, ChatGPT or llama.cpp exported: a .zip as it is, or .json. Nothing is stored before you say so.",
  chooseFile: "Choose a file",
  reading: "Reading the file…",
  found: (value: number) => `${count(value, "chat", "chats")} in this file`,
  messages: (value: number) => count(value, "message", "messages"),
  here: "already here",
  someHere: (value: number) => `${count(value, "is", "are")} already here and will not be doubled.`,
  allHere: "All of it is already here, so there is nothing to import.",
  newMessages: (value: number) => count(value, "new message", "new messages"),
  importAll: (value: number) => `Import ${count(value, "chat", "chats")}`,
  importing: "Importing…",
  done: (value: number) => `${count(value, "chat", "chats")} imported.`,
  extended: (value: number) => `${count(value, "chat", "chats")} here got new messages.`,
  present: (value: number) => `${count(value, "chat was", "chats were")} already here.`,
  unknownFile: "This file is neither JSON nor a zip.",
  unknownFileHint: "Choose the .zip or .json file as it was exported.",
  cancel: "Cancel",
  close: "Close",
};
