import type { Messages } from "./english.js";
import { formatsOf } from "./formatsOf.js";

const { count } = formatsOf("de");

/** The German texts for how a model is held in memory. */
export const germanLoading: Messages["loading"] = {
  title: "Modell im Speicher",
  help: (name) => `Für jeden Chat mit ${name}, auch nach einem Neustart. Eine Änderung lädt das Modell neu.`,
  asking: "Der Speicherbedarf wird ermittelt …",
  context: [
    "Kontext",
    (most) => `Tokens, die ein Chat haben kann. Das Modell ist für ${most} gemacht. Mehr braucht mehr Speicher.`,
  ],
  kvCache: ["KV-Cache", "Darin behält das Modell, was es gelesen hat. Ein kleinerer ist etwas weniger genau."],
  kvCacheTypes: { f16: "Genau (f16)", q8_0: "Halber Speicher (q8_0)", q4_0: "Ein Viertel des Speichers (q4_0)" },
  threads: [
    "Threads",
    "So viele Prozessorkerne nutzt es höchstens. Andere Arbeit auf diesem Rechner braucht auch welche.",
  ],
  gpuLayers: ["Schichten auf der GPU", "Was dort nicht hineinpasst, bleibt im Hauptspeicher und ist langsamer."],
  draft: [
    "Entwurfsmodell",
    "Ein kleineres Modell seiner Familie rät die nächsten Wörter, und dieses prüft mehrere auf einmal: Bei Temperatur 0 können Antworten schneller kommen, und jedes Wort bleibt sein eigenes.",
  ],
  draftMeasured: "Automatisch: was sich für „cria tune“ gelohnt hat.",
  draftsMissing: "Keines der installierten Modelle kann das für dieses tun.",
  draftTakes: (bytes) => `Es braucht ${bytes} Speicher neben diesem Modell.`,
  draftAutomatic: (name) => `Automatisch: ${name ?? "keines"}`,
  draftNone: "Keines",
  draftUnfit: (name) => `${name} (nicht zu gebrauchen)`,
  takes: (total) => `Braucht ${total} Speicher.`,
  takesNow: (total, change) => `Braucht ${total} Speicher (${change}).`,
  lanes: (sequences) => `${count(sequences, "Antwort", "Antworten")} zur gleichen Zeit.`,
  shortened: (tokens) => `Nur ${count(tokens, "Token", "Tokens")} Kontext passen hinein.`,
  tooBig: (needed, free) => `Passt nicht: ${needed} werden gebraucht und ${free} sind frei.`,
  reloads: "Lädt das Modell neu.",
  reload: "Modell neu laden",
  keep: "Für dieses Modell merken",
  cancel: "Abbrechen",
  largerContext: "Größerer Kontext",
};
