import { type ChildProcess, spawn } from "node:child_process";
import { freePort } from "../test/services/freePort.js";

/** How a `llama-server` is started, so that it does the same work as Cria beside it. */
export interface PeerOptions {
  modelPath: string;
  threads: number;
  /** Sequences, each with its own context. */
  parallel: number;
  contextTokens: number;
}

const startTimeoutMs = 120_000;

/** A `llama-server` of llama.cpp that the benchmark starts for itself, with its own defaults but for size and threads. */
export class PeerServer {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(programPath: string, options: PeerOptions): Promise<PeerServer> {
    const port = await freePort();
    const { modelPath, threads, parallel, contextTokens } = options;
    const sizes = { "-t": threads, "-tb": threads, "-np": parallel, "-c": parallel * contextTokens, "--port": port };
    const args = Object.entries(sizes).flatMap(([flag, value]) => [flag, String(value)]);
    const child = spawn(programPath, ["-m", modelPath, "--host", "127.0.0.1", ...args], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let lastLines = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      lastLines = (lastLines + text).slice(-500);
    });
    let ended = false;
    child.once("error", () => {
      ended = true;
    });
    child.once("exit", () => {
      ended = true;
    });
    const url = `http://127.0.0.1:${port}`;
    const untilMs = performance.now() + startTimeoutMs;
    while (!(await isHealthy(url))) {
      if (ended) throw new Error(`${programPath} did not start: ${lastLines}`);
      if (performance.now() > untilMs) {
        child.kill("SIGKILL");
        throw new Error(`${programPath} was not ready in ${startTimeoutMs / 1000} s`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return new PeerServer(child, url);
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    const kill = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    await gone;
    clearTimeout(kill);
  }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`)).ok;
  } catch {
    return false;
  }
}
