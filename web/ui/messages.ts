import { english, type Messages } from "./english.js";

/** The languages that the page speaks, each by its own name. */
export const languageNames = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof languageNames;

const loaders: Record<Language, () => Promise<Messages>> = {
  en: () => Promise.resolve(english),
  de: () => import("./german.js").then(({ german }) => german),
};

/**
 * Every text that the page shows, in the reader's language. It is another table after `speak`: read it where something is drawn,
 * not when a module is loaded.
 */
export let messages: Messages = english;

/** Loads a language's table; what is drawn from now on is in it. Where it cannot be loaded the one before stays. */
export async function speak(language: Language): Promise<void> {
  try {
    messages = await loaders[language]();
  } catch {
    return;
  }
  document.documentElement.lang = messages.locale;
}

/** The first of the wanted languages (BCP 47 tags) that the page speaks, or English. */
export function pickLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split("-")[0] ?? "";
    if (isLanguage(language)) return language;
  }
  return "en";
}

export function isLanguage(text: string | null): text is Language {
  return text !== null && Object.hasOwn(languageNames, text);
}
