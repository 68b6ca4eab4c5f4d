import type { Messages } from "./english.js";

/** The German texts of the model picker. */
export const germanPicker: Messages["picker"] = {
  search: "Modell suchen",
  none: (query) => `Kein Modell heißt „${query}“.`,
  found: (count) => (count === 1 ? "1 Modell" : `${count} Modelle`),
  installingGroup: "Wird installiert",
  installableGroup: "Kann installiert werden",
  inMemory: (size) => `${size} im Speicher`,
  weights: "Gewichte",
  kvCache: "Gespräche (KV-Cache)",
  rest: "Berechnung und übriges",
  lanes: (count, contextTokens) =>
    count === 1
      ? `Platz für 1 Antwort mit ${contextTokens}`
      : `Platz für ${count} Antworten zugleich, je ${contextTokens}`,
  needs: (size) => `braucht ${size}`,
};
