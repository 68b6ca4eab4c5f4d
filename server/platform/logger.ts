import { pino } from "pino";

/** Structured log. Rule: never log a prompt, a reply or a token; ids, sizes and durations are enough. */
export type Logger = pino.Logger;

/** One JSON line per entry on standard error. */
export function createLogger(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 2, sync: true }));
}
