import type { Messages } from "./english.js";
import { formatsOf } from "./formatsOf.js";

const { number, oneDecimal, count } = formatsOf("de");

const span = (ms: number) =>
  ms < 60_000 ? `${number.format(Math.floor(ms / 1000))} s` : `${number.format(Math.floor(ms / 60_000))} min`;

/** The German texts of the page that shows what the server does. */
export const germanServer: Messages["server"] = {
  title: "Server",
  lead: "Was der Server tut und in den letzten zwei Minuten getan hat. Jede Sekunde wird nachgesehen.",
  unreachable: "Der Server antwortet nicht. Sobald er es tut, geht es weiter.",
  speed: "Geschwindigkeit",
  ttft: "Zeit bis zum ersten Token, 95 von 100",
  gap: "Von Token zu Token, 95 von 100",
  tokens: "Tokens pro Sekunde, alle Antworten",
  queue: "Warten auf einen Platz",
  cached: "Eingaben, die im Cache waren",
  loopDelay: "Verspätung der Ereignisschleife, 99 von 100",
  nothing: "–",
  highest: (value) => `bis zu ${value}`,
  replies: "Antworten jetzt",
  noReplies: "Keine ist in Arbeit, und niemand wartet.",
  moreReplies: (value) => `und ${number.format(value)} weitere`,
  waitsForModel: "Wartet auf das Modell",
  waitsForPlace: "Wartet auf einen Platz",
  summarises: "Fasst das Bisherige zusammen",
  since: (ms) => `seit ${span(ms)}`,
  models: "Modelle im Speicher",
  noModels: "Keines. Ein Modell wird geladen, wenn es zum ersten Mal gefragt wird.",
  inAll: (models, size) => `${count(models, "Modell", "Modelle")}, zusammen ${size}`,
  noAnswer: "Es ist zu beschäftigt, um zu sagen, was es tut.",
  lanes: (busy, all) => `${number.format(busy)} von ${number.format(all)} Plätzen belegt`,
  threads: (value) => count(value, "Thread", "Threads"),
  waiting: (value) => `${number.format(value)} warten`,
  weights: "Gewichte",
  kvCache: "KV-Cache",
  rest: "Rest",
  estimated: (size) => `Geschätzt ${size}`,
  measured: (size) => `gemessen ${size}`,
  process: "Der Server selbst",
  uptime: "Läuft seit",
  memory: "Speicher",
  connections: "Verbindungen",
  written: "Geschriebene Tokens",
  starts: "Gestartete Modelle",
  deaths: "Abgestürzte Modelle",
  ms: (value) => (value < 10 ? `${oneDecimal.format(value)} ms` : `${number.format(Math.round(value))} ms`),
  perSecond: (value) => `${value < 100 ? oneDecimal.format(value) : number.format(Math.round(value))} Tok/s`,
  count: (value) => number.format(value),
  share: (value) => `${number.format(Math.round(value * 100))} %`,
  duration: (ms) => {
    const minutes = Math.floor(ms / 60_000);
    if (minutes < 60) return `${number.format(minutes)} min`;
    return `${number.format(Math.floor(minutes / 60))} h ${minutes % 60} min`;
  },
};
