import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const programPath = fileURLToPath(new URL("spin.js", import.meta.url));

/** One busy process for each core. */
export class Spinners {
  readonly #children: ChildProcess[];

  private constructor(children: ChildProcess[]) {
    this.#children = children;
  }

  static start(count: number): Spinners {
    return new Spinners(
      Array.from({ length: count }, () => spawn(process.execPath, [programPath], { stdio: "ignore" })),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#children.splice(0).map((child) => {
        const gone = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGKILL");
        return gone;
      }),
    );
  }
}
