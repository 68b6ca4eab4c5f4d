import type { InstallActivity } from "../../server/protocol/install.js";
import { saidInGerman } from "./germanServerErrors.js";

/** What an install is doing, in German; nothing for what only a newer server does. `size`: how a number of bytes is written. */
export function germanActivity(activity: InstallActivity, size: (bytes: number) => string): string | undefined {
  switch (activity.code) {
    case "starting":
      return "Beginnt";
    case "waiting":
      return "Wartet, bis eine andere Installation fertig ist";
    case "held":
      return "Wartet, bis ein anderer Prozess den Ordner des Modells freigibt";
    case "paused":
      return "Unterbrochen";
    case "cancelled":
      return "Abgebrochen";
    case "installed":
      return "Installiert";
    case "asking":
      return `Fragt ${activity.host} nach ${activity.source}`;
    case "reading":
      return `Liest ${activity.source}`;
    case "passing":
      return `${saidInGerman(activity.error).message} Die nächste Quelle wird versucht.`;
    case "looking":
      return `Sieht nach, was von ${activity.name} schon da ist`;
    case "describing":
      return `Liest, woraus ${activity.source} besteht`;
    case "fetching": {
      const { file, sizeBytes, source } = activity;
      return `Holt ${file}${sizeBytes === undefined ? "" : ` (${size(sizeBytes)})`} von ${source}`;
    }
    case "retrying":
      return `${saidInGerman(activity.error).message} Neuer Versuch in ${activity.delaySeconds} s.`;
    case "quantizing":
      return `Quantisiert auf ${activity.quantization}`;
    case "joining":
      return "Fügt die Teile zusammen";
    case "repacking":
      return "Packt die Gewichte um";
    case "copying":
      return "Kopiert die Gewichte";
    case "verifying":
      return "Liest die Gewichte zurück";
    case "registering":
      return `${size(activity.sizeBytes)} Gewichte liegen an ihrem Platz`;
  }
}
