import { pino } from "pino";
import { LogOutput } from "./LogOutput.js";

/** Structured log. Rule: never log a prompt, a reply or a token; ids, sizes and durations are enough. */
export type Logger = pino.Logger;

/** Of all logs of this process: lines stay whole and in their order. */
const standardError = new LogOutput(2);
process.on("exit", () => standardError.flush());

/** One JSON line per entry on standard error. */
export function createLogger(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, standardError);
}
