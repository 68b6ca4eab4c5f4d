import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { packagePath } from "../platform/paths.js";

/** The program as people start it, command line and all. */
export class CriaProgram {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #output = "";

  constructor(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(process.execPath, [join(packagePath, "dist", "server", "cli", "main.js"), ...args], {
      env: { ...process.env, CI: "1", ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#ended = new Promise((resolve) => this.#child.once("close", () => resolve()));
  }

  /** The address that it prints once it listens. */
  url(): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (text: string) => {
        this.#output += text;
        const url = /running at (\S+)/.exec(this.#output)?.[1];
        if (url !== undefined) resolve(url);
      };
      this.#child.stdout?.setEncoding("utf8").on("data", look);
      this.#child.stderr?.setEncoding("utf8").on("data", look);
      void this.#ended.then(() => reject(new Error(`cria ended: ${this.#output}`)));
    });
  }

  async close(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#ended;
  }
}
