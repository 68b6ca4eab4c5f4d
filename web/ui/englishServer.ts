import { formatsOf } from "./formatsOf.js";

const { number, oneDecimal, count } = formatsOf("en");

const span = (ms: number) =>
  ms < 60_000 ? `${number.format(Math.floor(ms / 1000))} s` : `${number.format(Math.floor(ms / 60_000))} min`;

/** The texts of the page that shows what the server does. */
export const englishServer = {
  title: "Server",
  lead: "What the server does, and what it did in the last two minutes. It is looked at once a second.",
  unreachable: "The server does not answer. The figures go on as soon as it does.",
  speed: "Speed",
  ttft: "Time to first token, 95 of 100",
  gap: "From token to token, 95 of 100",
  tokens: "Tokens per second, all replies",
  queue: "Waiting for a place",
  cached: "Prompts found in the cache",
  loopDelay: "Event-loop delay, 99 of 100",
  nothing: "–",
  highest: (value: string) => `up to ${value}`,
  replies: "Replies now",
  noReplies: "None is being made, and nobody waits.",
  moreReplies: (value: number) => `and ${number.format(value)} more`,
  waitsForModel: "Waits for the model",
  waitsForPlace: "Waits for a place",
  summarises: "Summarising what came before",
  since: (ms: number) => `for ${span(ms)}`,
  models: "Models in memory",
  noModels: "There is none. A model is loaded when it is first asked.",
  inAll: (models: number, size: string) => `${count(models, "model", "models")}, ${size} in all`,
  noAnswer: "It is too busy to tell what it does.",
  lanes: (busy: number, all: number) => `${number.format(busy)} of ${number.format(all)} places taken`,
  threads: (value: number) => count(value, "thread", "threads"),
  waiting: (value: number) => `${number.format(value)} waiting`,
  weights: "Weights",
  kvCache: "KV cache",
  rest: "Rest",
  estimated: (size: string) => `Estimated ${size}`,
  measured: (size: string) => `measured ${size}`,
  process: "The server itself",
  uptime: "Running for",
  memory: "Memory",
  connections: "Connections",
  written: "Tokens written",
  starts: "Models started",
  deaths: "Models that crashed",
  ms: (value: number) => (value < 10 ? `${oneDecimal.format(value)} ms` : `${number.format(Math.round(value))} ms`),
  perSecond: (value: number) => `${value < 100 ? oneDecimal.format(value) : number.format(Math.round(value))} tok/s`,
  count: (value: number) => number.format(value),
  share: (value: number) => `${number.format(Math.round(value * 100))} %`,
  duration: (ms: number) => {
    const minutes = Math.floor(ms / 60_000);
    if (minutes < 60) return `${number.format(minutes)} min`;
    return `${number.format(Math.floor(minutes / 60))} h ${minutes % 60} min`;
  },
};
