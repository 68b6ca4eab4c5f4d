import { SingleBar } from "cli-progress";
import { formatBytes } from "../../install/formatBytes.js";
import { type BarText, barLine, usualColumns } from "./barLine.js";
import { printEvent } from "./InstallView.js";

const lineIntervalMs = 5000;

/** Shows how far a command got that works on bytes: a bar on a terminal, a line now and then elsewhere, events as JSON. */
export class TaskBar {
  readonly #json: boolean;
  readonly #bar: SingleBar | undefined;
  #task = "";
  #shownMs = Number.NEGATIVE_INFINITY;

  constructor(json: boolean) {
    this.#json = json;
    this.#bar =
      json || !process.stderr.isTTY
        ? undefined
        : new SingleBar({
            format: (_, { progress }, text: BarText) => barLine(progress, text, process.stderr.columns || usualColumns),
            hideCursor: true,
            clearOnComplete: true,
            stream: process.stderr,
            gracefulExit: false,
          });
  }

  show(task: string, doneBytes: number, totalBytes: number): void {
    const isNew = task !== this.#task;
    const howMuch = `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`;
    const text: BarText = { message: task, details: `, ${howMuch}` };
    if (this.#bar !== undefined) {
      if (isNew) {
        this.#bar.stop();
        this.#bar.start(totalBytes, doneBytes, text);
      } else this.#bar.update(doneBytes, text);
    } else if (isNew || performance.now() - this.#shownMs >= lineIntervalMs) {
      this.#shownMs = performance.now();
      if (this.#json) printEvent({ event: "progress", task, doneBytes, totalBytes });
      else console.log(`${task}: ${howMuch}`);
    }
    this.#task = task;
  }

  end(): void {
    this.#bar?.stop();
    this.#task = "";
  }
}
