import { messages } from "./messages.js";

const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** A size for people, in powers of 1000: `7.4 MB`. */
export function formatBytes(sizeBytes: number): string {
  const power = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, sizeBytes)) / 3)));
  return new Intl.NumberFormat(messages.locale, {
    style: "unit",
    unit: units[power] ?? "byte",
    // The short form of a byte knows no plural.
    unitDisplay: power === 0 ? "long" : "short",
    maximumFractionDigits: power === 0 ? 0 : 1,
  }).format(sizeBytes / 1000 ** power);
}
