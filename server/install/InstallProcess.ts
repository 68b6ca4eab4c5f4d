import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Manifest } from "../models/manifest.js";
import { AppError } from "../platform/AppError.js";
import { cleanEnvironment } from "../platform/cleanEnvironment.js";
import type { InstallProgress } from "../protocol/install.js";
import { proxyVariables } from "./download/ProxySettings.js";
import {
  type InstallOrder,
  type InstallReply,
  type InstallRequestMessage,
  installReplySchema,
} from "./installMessages.js";

const childPath = fileURLToPath(new URL("child/main.js", import.meta.url));

/** From the request to stop to SIGKILL: it has to note what it fetched. */
const stopGraceMs = 10_000;

/** What an install may see besides: the hub's own variables, certificates, and the way out of this network. */
const passes = {
  names: ["XDG_CACHE_HOME", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "HUGGING_FACE_HUB_TOKEN", ...proxyVariables],
  prefixes: ["HF_"],
};

/** How an install ended. */
export type InstallOutcome =
  | { type: "installed"; manifest: Manifest }
  | { type: "stopped" }
  | { type: "failed"; error: AppError };

/** One install in a process of its own: files that nobody has checked yet cannot take the server with them. */
export class InstallProcess {
  /** Resolves when the process is gone; never rejects. */
  readonly outcome: Promise<InstallOutcome>;
  readonly #child: ChildProcess;
  #kill: NodeJS.Timeout | undefined;

  constructor(order: InstallOrder, environment: NodeJS.ProcessEnv, onProgress: (progress: InstallProgress) => void) {
    this.#child = fork(childPath, [], {
      env: cleanEnvironment(environment, passes),
      execArgv: [],
      serialization: "json",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let last: InstallReply | undefined;
    let lastErrorLine = "";
    this.#child.on("message", (raw: unknown) => {
      const parsed = installReplySchema.safeParse(raw);
      if (!parsed.success) return;
      if (parsed.data.type === "progress") onProgress(parsed.data.progress);
      else last = parsed.data;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      lastErrorLine = text.trim().split("\n").at(-1)?.slice(0, 300) ?? lastErrorLine;
    });
    this.outcome = new Promise((resolve) => {
      const end = (how: string) => {
        clearTimeout(this.#kill);
        resolve(outcomeOf(last, how, lastErrorLine));
      };
      this.#child.once("exit", (code, signal) => end(signal ?? `exit status ${code}`));
      this.#child.once("error", (error) => end(error.message));
    });
    this.#send({ type: "start", order });
  }

  /** Ends the process as a crash would; nothing happens when it has ended. */
  crash(): void {
    this.#child.kill("SIGKILL");
  }

  /** Ends the install and keeps what is there; resolves when the process is gone. */
  async stop(): Promise<InstallOutcome> {
    this.#send({ type: "stop" });
    this.#kill ??= setTimeout(() => this.#child.kill("SIGKILL"), stopGraceMs);
    return await this.outcome;
  }

  #send(message: InstallRequestMessage): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}

function outcomeOf(last: InstallReply | undefined, how: string, lastErrorLine: string): InstallOutcome {
  if (last?.type === "installed") return { type: "installed", manifest: last.manifest };
  if (last?.type === "stopped") return { type: "stopped" };
  if (last?.type === "failed") return { type: "failed", error: AppError.fromInfo(last.error) };
  return {
    type: "failed",
    error: new AppError("install_failed", `The install process ended early (${how}).`, {
      hint: `What was fetched is kept: start it again. ${lastErrorLine}`.trim(),
    }),
  };
}
