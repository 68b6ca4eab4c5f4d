import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { freePort } from "./freePort.js";

const programPath = (process.env.PATH ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "redis-server"))
  .find((path) => existsSync(path));

/** A redis-server of its own: a free port, a password, a folder that goes with it, every write in its append-only file. */
export class RedisProcess {
  /** Whether this machine has a redis-server. */
  static readonly available = programPath !== undefined;
  readonly password = "a-secret-of-tests";
  readonly port: number;
  readonly #folder: string;
  #child: ChildProcess | undefined;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  static async start(): Promise<RedisProcess> {
    const redis = new RedisProcess(await freePort(), await mkdtemp(join(tmpdir(), "cria-redis-")));
    await redis.run();
    return redis;
  }

  get url(): string {
    return `redis://:${this.password}@127.0.0.1:${this.port}`;
  }

  /** Begins, or begins again with what the append-only file has. Resolves when it answers. */
  run(): Promise<void> {
    const { port, password } = this;
    const child = spawn(
      programPath ?? "redis-server",
      ["--port", String(port), "--bind", "127.0.0.1", "--requirepass", password, "--dir", this.#folder].concat([
        "--appendonly",
        "yes",
        "--save",
        "",
        "--daemonize",
        "no",
      ]),
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    this.#child = child;
    return new Promise((resolve, reject) => {
      let output = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (output.includes("Ready to accept connections")) resolve();
      });
      child.once("close", () => reject(new Error(`redis-server ended: ${output}`)));
      child.once("error", reject);
    });
  }

  /** Resolves when it is gone. */
  kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      child.once("close", () => resolve());
      child.kill(signal);
    });
  }

  /** SIGSTOP keeps its connections open and answers nothing; SIGCONT goes on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child?.kill(signal);
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
