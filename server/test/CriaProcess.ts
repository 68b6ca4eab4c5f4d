import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { packagePath } from "../platform/paths.js";

/** The program as people start it. */
export class CriaProcess {
  readonly child: ChildProcess;
  output = "";
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  #look: () => void = () => {};

  /** `standardError`: an open file that gets it instead of {@link output}. */
  constructor(args: string[], environment: NodeJS.ProcessEnv, standardError: number | "pipe" = "pipe") {
    this.child = spawn(process.execPath, [join(packagePath, "dist/server/cli/main.js"), ...args], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", standardError],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
        this.#look();
      });
    this.ended = new Promise((resolve) => this.child.once("close", (code, signal) => resolve({ code, signal })));
  }

  /** The address that it prints once it listens. */
  url(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#look = () => {
        const url = /running at (\S+)/.exec(this.output)?.[1];
        if (url !== undefined) resolve(url);
      };
      void this.ended.then(() => reject(new Error(`it ended: ${this.output}`)));
      this.#look();
    });
  }
}

/** Process ids of a process's children. Source: proc(5), task/[tid]/children. */
export async function childrenOf(processId: number): Promise<number[]> {
  const text = await readFile(`/proc/${processId}/task/${processId}/children`, "utf8");
  return text.trim().split(" ").filter(Boolean).map(Number);
}
