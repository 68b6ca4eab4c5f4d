import { AppError } from "../platform/AppError.js";

/** What a shell sees of a program that Ctrl-C ended. */
export const interruptedStatus = 130;

/** One line that says what happened, one that says what to do; a stack only for what is a bug. */
export function printError(error: unknown): void {
  const known = AppError.from(error);
  console.error(known.message);
  if (known.hint !== undefined) console.error(known.hint);
  if (known.code === "internal" && known.cause instanceof Error) console.error(known.cause.stack);
}

/** What every event of a failure says. */
export function errorEvent(error: AppError): object {
  return { event: "failed", error: error.toInfo() };
}
