import { readLanguage } from "../ui/languageChoice.js";
import { pickLanguage } from "../ui/messages.js";
import { germanOperations } from "./germanOperations.js";

const english = {
  locale: "en",
  title: "The interfaces",
  pageTitle: "Cria: the interfaces",
  requests: "Requests",
  loading: "Loading …",
  failed: (reason: string) => `The description cannot be loaded: ${reason}. Reload the page.`,
  tryIt: "Try it",
  body: "Body",
  answer: "Answer",
  piece: "Each piece of a stream",
  field: "Field",
  holds: "Holds",
  means: "Means",
  required: "required",
  send: "Send",
  stop: "Stop",
  terminal: "In a terminal",
  terminalLabel: "The same for a terminal",
  waiting: "Waiting …",
  ended: (status: string, first: string, whole: string) => `${status} · begun after ${first}, ended after ${whole}`,
  stopped: (after: string) => `Stopped after ${after}.`,
  unreachable: "The server cannot be reached.",
  /** What the description says of an operation or an interface, in this language. */
  described: (text: string): string => text,
};
export type DocsWords = typeof english;

const german: DocsWords = {
  locale: "de",
  title: "Die Schnittstellen",
  pageTitle: "Cria: die Schnittstellen",
  requests: "Anfragen",
  loading: "Wird geladen …",
  failed: (reason) => `Die Beschreibung kann nicht geladen werden: ${reason}. Laden Sie die Seite neu.`,
  tryIt: "Ausprobieren",
  body: "Inhalt",
  answer: "Antwort",
  piece: "Jedes Stück eines Streams",
  field: "Feld",
  holds: "Enthält",
  means: "Bedeutet",
  required: "nötig",
  send: "Senden",
  stop: "Anhalten",
  terminal: "Im Terminal",
  terminalLabel: "Dasselbe für ein Terminal",
  waiting: "Wartet …",
  ended: (status, first, whole) => `${status} · begonnen nach ${first}, beendet nach ${whole}`,
  stopped: (after) => `Nach ${after} angehalten.`,
  unreachable: "Der Server ist nicht zu erreichen.",
  described: (text) => germanOperations[text] ?? text,
};

/** The texts of this page in the reader's language, as on the chat page. Those of single fields are the description's own, in English. */
export const words: DocsWords = (readLanguage() ?? pickLanguage(navigator.languages)) === "de" ? german : english;
