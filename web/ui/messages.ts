import { english, type Messages } from "./english.js";

const languages: Record<string, Messages> = { en: english };

/** The first of the wanted languages that the page speaks, or English. */
function pickLanguage(wanted: readonly string[]): Messages {
  for (const tag of wanted) {
    const language = languages[tag.toLowerCase().split("-")[0] ?? ""];
    if (language) return language;
  }
  return english;
}

/** Every text that the page shows, in the reader's language. */
export const messages: Messages = pickLanguage(typeof navigator === "undefined" ? [] : navigator.languages);
