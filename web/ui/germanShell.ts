import type { Messages } from "./english.js";

/** The German texts about the page as a program of its own. */
export const germanShell: Messages["shell"] = {
  dismissNotice: "Verstanden",
  update: "Es gibt eine neuere Fassung dieser Seite.",
  reload: "Neu laden",
};
