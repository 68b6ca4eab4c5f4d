import type { Messages } from "./english.js";
import { formatsOf } from "./formatsOf.js";
import { germanActivity } from "./germanActivity.js";
import { sentenceInGerman } from "./germanServerErrors.js";

const { number } = formatsOf("de");
const upToOneDecimal = new Intl.NumberFormat("de", { maximumFractionDigits: 1 });

/** A time that is left, as exact as one can know it. */
function timeLeft(seconds: number): string {
  if (seconds < 60) return `noch ${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `noch ${minutes} min`;
  return `noch ${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The German texts about models: installing, loading and removing them. */
export const germanInstall: Messages["install"] = {
  title: "Modelle",
  lead: "Alles läuft auf diesem Rechner. Geholt wird nur, was Sie auswählen.",
  leadElsewhere: (engines) =>
    `Geholt wird nur, was Sie auswählen. Alle laufen auf diesem Rechner, außer denen auf ${engines}: Was Sie ihnen schreiben, wird dorthin gesendet.`,
  jumpToAvailable: "Weiteres installieren",
  back: "Zurück zum Chat",
  running: (name, percent) => `${name} wird installiert, ${number.format(percent)} %`,

  underWay: "In Arbeit",
  installed: "Installiert",
  available: "Verfügbar",
  noneInstalled: "Noch ist kein Modell installiert. Wählen Sie unten eines aus.",
  loading: "Es wird geprüft, was auf diesen Rechner passt …",
  failed: "Die Liste der Modelle konnte nicht geladen werden.",

  fit: { fits: "passt", tight: "knapp", tooBig: "zu groß" },
  needsMemory: (needed, present) => `Braucht ${needed} Arbeitsspeicher, ${present} sind vorhanden.`,
  needsUnusedMemory: (needed, present, unused) =>
    `Braucht ${needed} Arbeitsspeicher, ${present} sind vorhanden, davon jetzt ${unused} frei.`,
  needsDisk: (needed, present) => `Braucht ${needed} Plattenplatz, ${present} sind frei.`,
  license: "Lizenz",
  quantization: "Quantisierung",
  parameters: (value) => `${value} Parameter`,
  variant: (quantization, size, fit) => `${quantization} · ${size} · ${fit}`,
  recommended: "das Beste, das passt",
  download: "Herunterladen",
  disk: "Platz während der Installation",
  memory: "Arbeitsspeicher im Betrieb",
  size: "Größe nach der Installation",
  install: "Installieren",
  installVerb: "Installieren",
  installName: (name) => `${name} installieren`,
  installIt: "Herunterladen und installieren",
  installAnyway: "Trotzdem installieren",
  tooBigWarning: "Dieser Rechner ist zu klein dafür. Es wird sehr langsam sein oder gar nicht laufen.",
  close: "Schließen",
  licenseAgree: "Mit der Installation stimmen Sie der Lizenz zu.",

  sourceLabel: "Von anderswo installieren",
  sourceHelp:
    "Ein Repository auf dem Hub als owner/repo oder owner/repo:QUANT, oder die https://-Adresse einer GGUF-Datei.",
  sourcePlaceholder: "owner/repo:Q4_K_M",

  steps: {
    queued: "Wartet",
    resolving: "Fragt die Quelle",
    checking: "Prüft den Platz",
    fetching: "Lädt herunter",
    converting: "Wandelt um",
    verifying: "Prüft",
    registering: "Schließt ab",
  },
  activity: ({ activity }, size) => activity && germanActivity(activity, size),
  paused: "Unterbrochen",
  failedBadge: "Fehlgeschlagen",
  bytesOf: (done, total) => `${done} von ${total}`,
  convertedOf: (done, total) => `${done} von ${total} geschrieben`,
  speed: (megabytesPerSecond) => `${upToOneDecimal.format(megabytesPerSecond)} MB/s`,
  timeLeft,
  progressLabel: (name) => `${name} wird installiert`,
  pause: "Unterbrechen",
  pauseName: (name) => `${name} unterbrechen`,
  resume: "Weiter",
  resumeName: (name) => `Weiter mit ${name}`,
  retry: "Noch einmal versuchen",
  retryName: (name) => `Noch einmal versuchen: ${name} installieren`,
  cancel: "Abbrechen",
  cancelName: (name) => `${name} abbrechen`,
  cancelAsk: (size) => `Die bisher geholten ${size} löschen?`,
  cancelAskNothing: "Diese Installation aufgeben?",
  cancelYes: "Löschen",
  keep: "Behalten",
  kept: "Was geholt wurde, bleibt erhalten.",
  announceInstalled: (name) => `${name} ist installiert`,
  announceFailed: (name, reason) => `Die Installation von ${name} ist fehlgeschlagen. ${reason}`,

  chat: "Chatten",
  chatName: (name) => `Mit ${name} chatten`,
  load: "Laden",
  loadName: (name) => `${name} laden`,
  unload: "Entladen",
  unloadName: (name) => `${name} entladen`,
  draftFailure: (reason) =>
    `Ohne das kleine Modell, das ihm vorausschreibt. ${sentenceInGerman(reason) ?? `Die Engine sagt: „${reason}“`}`,
  gpuFailure: (reason) =>
    `Auf dem Prozessor: Die Grafikkarte war nicht zu gebrauchen. Die Engine sagt: „${reason}“ Entladen und wieder laden versucht es noch einmal.`,
  pin: "Im Speicher halten",
  pinName: (name) => `Im Speicher halten: ${name}`,
  pinTip:
    "Kein anderes Modell nimmt seinen Platz ein, und es wird nicht entladen, wenn es ruht. Bis der Server neu gestartet wird.",
  pinned: "Bleibt im Speicher",
  announcePinned: (name) => `${name} bleibt im Speicher`,
  announceUnpinned: (name) => `${name} darf den Speicher verlassen`,
  remove: "Entfernen",
  removeName: (name) => `${name} entfernen`,
  removeAsk: (name, size) => `${name} von der Festplatte entfernen? Das gibt ${size} frei.`,

  cardTitle: "Darf es ein größeres Modell sein?",
  cardTitleNone: "Installieren Sie ein Modell, um zu beginnen",
  cardAll: "Alle Modelle ansehen",
};
