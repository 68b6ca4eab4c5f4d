import { AppError } from "../../platform/AppError.js";

/** Runs `work` with a signal that Ctrl-C aborts. Throws `install_stopped` then, which ends the program with the status of an interrupted one. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const interrupt = () => stop.abort(new AppError("install_stopped", "Stopped."));
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    return await work(stop.signal);
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}
