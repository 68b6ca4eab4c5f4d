import { isLanguage, type Language, pickLanguage, speak } from "./messages.js";

const key = "cria.language";
const listeners = new Set<() => void>();

/** The language that the reader chose; undefined: as the browser says. */
export function readLanguage(): Language | undefined {
  try {
    const stored = localStorage.getItem(key);
    return isLanguage(stored) ? stored : undefined;
  } catch {
    return undefined;
  }
}

/** Speaks the chosen language, or else the first that the browser asks for. */
export function speakChosen(): Promise<void> {
  return speak(readLanguage() ?? pickLanguage(navigator.languages));
}

/** Remembers a choice; undefined: as the browser says. Resolves when the page has been drawn in it. */
export async function chooseLanguage(language: Language | undefined): Promise<void> {
  try {
    if (language === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, language);
  } catch {
    // Without storage the choice lasts until the page is closed.
  }
  await speak(language ?? pickLanguage(navigator.languages));
  for (const listener of listeners) listener();
}

/** Calls `listener` when the page is to be drawn anew in another language; returns how to stop. */
export function onLanguageChosen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
