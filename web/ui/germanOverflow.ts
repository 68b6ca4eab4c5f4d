import type { Messages } from "./english.js";
import { formatsOf } from "./formatsOf.js";

const { count } = formatsOf("de");

/** The German texts for chats that are longer than the context. */
export const germanOverflow: Messages["overflow"] = {
  notSentAbove: "Ab hier aufwärts nicht gesendet: Die ältesten Nachrichten passen nicht mehr hinein.",
  dropOldest: "Die ältesten weglassen",
  summariseOldest: "Die ältesten zusammenfassen",
  droppingOldest: "Die ältesten Nachrichten werden weggelassen.",
  askAgain: "Nichts weglassen",
  summarisingOldest: "Das Modell fasst die ältesten Nachrichten zusammen, bevor es antwortet.",
  summarisedAbove: "Ab hier aufwärts zusammengefasst. Das Modell liest stattdessen dies:",
  summaryLabel: "Zusammenfassung der Nachrichten darüber",
  couldHoldMore: (value) => `Mit mehr Kontext könnte dieses Modell ${count(value, "Token", "Tokens")} aufnehmen.`,
};
