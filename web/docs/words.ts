import { readLanguage } from "../ui/languageChoice.js";
import { pickLanguage } from "../ui/messages.js";
import { germanFields } from "./germanFields.js";
import { germanOperations } from "./germanOperations.js";

/** How what a field holds is written: `array of string, 1 to 4 items or number, 0 to 5`. */
export interface TypeWords {
  /** Of a JSON Schema's type; those it does not name stay as they are. */
  names: Readonly<Partial<Record<string, string>>>;
  or: string;
  of: (items: string) => string;
  between: (low: string, high: string) => string;
  atMost: (high: string) => string;
  atLeast: (low: string) => string;
  items: string;
  characters: string;
}

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
  type: {
    names: {},
    or: " or ",
    of: (items: string) => ` of ${items}`,
    between: (low: string, high: string) => `${low} to ${high}`,
    atMost: (high: string) => `at most ${high}`,
    atLeast: (low: string) => `at least ${low}`,
    items: " items",
    characters: " characters",
  } as TypeWords,
  /** What the description says of an interface, a request or a field, in this language; nothing where it is not known. */
  described: (text: string): string | undefined => text,
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
  type: {
    names: {
      string: "Text",
      number: "Zahl",
      integer: "ganze Zahl",
      boolean: "Wahrheitswert",
      object: "Objekt",
      array: "Liste",
      any: "beliebig",
    },
    or: " oder ",
    of: (items) => ` von: ${items}`,
    between: (low, high) => `${low} bis ${high}`,
    atMost: (high) => `höchstens ${high}`,
    atLeast: (low) => `mindestens ${low}`,
    items: " Einträge",
    characters: " Zeichen",
  },
  described: (text) => germanOperations[text] ?? germanFields[text],
};

/** The texts of this page in the reader's language, as on the chat page. */
export const words: DocsWords = (readLanguage() ?? pickLanguage(navigator.languages)) === "de" ? german : english;
