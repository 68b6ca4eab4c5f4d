import type { Messages } from "./english.js";

/** The German texts of prompt templates. */
export const germanTemplates: Messages["templates"] = {
  menuLabel: "Prompt-Vorlagen",
  found: (count) => (count === 1 ? "1 Vorlage" : `${count} Vorlagen`),
  button: "Vorlagen",
  yours: "Eigene",
  edit: "Vorlagen bearbeiten…",

  fieldsLabel: (name) => `${name} ausfüllen`,
  preview: "Was daraus wird",
  use: "In die Nachricht setzen",
  useHere: "In den Text setzen",
  cancel: "Abbrechen",
  fieldsHint: "Enter geht zum nächsten Feld; Umschalt + Enter beginnt eine neue Zeile.",

  title: "Prompt-Vorlagen",
  add: "Neue Vorlage",
  explanation: "Im Nachrichtenfeld holt / eine davon. Nach dem, was in {{Klammern}} steht, wird gefragt.",
  folder: (homePath) => `Textdateien im Ordner „prompts“ von ${homePath} erscheinen hier auch.`,
  name: "Name der Vorlage",
  text: "Wortlaut",
  nameRule: "Nur Buchstaben ohne Umlaute, Ziffern, Leerzeichen, _ und -, höchstens 60.",
  nameTaken: "Eine eigene Vorlage dieses Namens gibt es schon.",
  fields: (names) => `Fragt nach: ${names}`,
  noFields: "Fragt nach nichts. Schreiben Sie {{prompt}}, wo etwas einzusetzen ist.",
  save: "Speichern",
  back: "Zurück",
  remove: "Löschen",
  removeName: (name) => `Vorlage ${name} löschen`,
  removeAsk: (name) => `„${name}“ löschen?`,
  copy: "Eigene Kopie anlegen",
  copyName: (name) => `${name} Kopie`,
  builtIn: "Diese gehört zu Cria und bleibt, wie sie ist.",
  fileOnly: "Der Name dieser Datei hat andere Zeichen als der einer Vorlage; ändern Sie die Datei selbst.",
  saved: (name) => `Vorlage ${name} gespeichert`,
  removed: (name) => `Vorlage ${name} gelöscht`,
};
