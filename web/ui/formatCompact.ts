import { messages } from "./messages.js";

/** A big number in short: `6.8M`, `7B`. */
export function formatCompact(value: number): string {
  return new Intl.NumberFormat(messages.locale, { notation: "compact", maximumFractionDigits: 1 }).format(value);
}
