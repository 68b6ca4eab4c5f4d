/**
 * What runs inside an install process: one install, from the source's name to the registered model. It handles files that nobody has
 * checked yet, so a crash here must cost nothing but the install. It ends when it is told to or when its parent is gone.
 */
import { AppError } from "../../platform/AppError.js";
import { type InstallReply, installRequestMessageSchema } from "../installMessages.js";
import { performInstall } from "../performInstall.js";

const stop = new AbortController();

function send(message: InstallReply): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send !== undefined) process.send(message, () => resolve());
    else resolve();
  });
}

// Ctrl-C reaches every process of a terminal; the parent says what it means.
process.on("SIGINT", () => {});

process.on("message", (raw: unknown) => {
  const message = installRequestMessageSchema.parse(raw);
  if (message.type === "stop") stop.abort(new AppError("install_stopped", "The install was stopped."));
  else
    void performInstall(message.order, stop.signal, (progress) => void send({ type: "progress", progress }))
      .then(
        (manifest) => send({ type: "installed", manifest }),
        (error: unknown) => {
          if (stop.signal.aborted) return send({ type: "stopped" });
          const known = AppError.from(error);
          if (known.code === "internal" && error instanceof Error) process.stderr.write(`${error.stack}\n`);
          return send({ type: "failed", error: known.toInfo() });
        },
      )
      // Workers, threads and connections may still be open; nothing that matters is.
      .finally(() => process.exit(0));
});
// The parent is gone: nobody sees the end any more. What is there is kept.
process.on("disconnect", () => process.exit(1));
