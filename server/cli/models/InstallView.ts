import { type Options, SingleBar } from "cli-progress";
import { formatBytes } from "../../install/formatBytes.js";
import type { InstallProgress } from "../../protocol/install.js";
import { type BarText, barLine, usualColumns } from "./barLine.js";

/** How an install is shown while it runs. */
export interface InstallView {
  show(progress: InstallProgress): void;
  /** Nothing more comes of this install. */
  end(): void;
}

/** One JSON object a line, for programs. */
export class JsonView implements InstallView {
  show(progress: InstallProgress): void {
    printEvent({ event: "progress", ...progress });
  }
  end(): void {}
}

export function printEvent(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** A bar that is drawn over and over, for terminals. */
export class BarView implements InstallView {
  readonly #bar: SingleBar;
  #started = false;
  #licenseShown = false;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    const options: Options = {
      format: (_, { progress }, text: BarText) => barLine(progress, text, stream.columns || usualColumns),
      hideCursor: true,
      clearOnComplete: true,
      stream,
      fps: 8,
      linewrap: null,
      gracefulExit: false,
    };
    this.#bar = new SingleBar(options);
  }

  show(progress: InstallProgress): void {
    const license = licenseLine(progress);
    if (license !== undefined && !this.#licenseShown) {
      this.#licenseShown = true;
      this.end();
      process.stderr.write(`${license}\n`);
    }
    const payload = { message: progress.message, details: details(progress) };
    if (!this.#started) this.#bar.start(1000, 0, payload);
    this.#started = true;
    this.#bar.update(Math.round(progress.progress * 1000), payload);
  }

  end(): void {
    if (this.#started) this.#bar.stop();
    this.#started = false;
  }
}

const lineIntervalMs = 10_000;

/** A line when something changes and now and then in between, for logs and pipes. */
export class LineView implements InstallView {
  readonly #write: (line: string) => void;
  #message = "";
  #licenseShown = false;
  #writtenMs = Number.NEGATIVE_INFINITY;

  constructor(write: (line: string) => void = (line) => void process.stdout.write(`${line}\n`)) {
    this.#write = write;
  }

  show(progress: InstallProgress): void {
    const license = licenseLine(progress);
    if (license !== undefined && !this.#licenseShown) {
      this.#licenseShown = true;
      this.#write(license);
    }
    const nowMs = performance.now();
    if (progress.message === this.#message && nowMs - this.#writtenMs < lineIntervalMs) return;
    this.#message = progress.message;
    this.#writtenMs = nowMs;
    this.#write(`${progress.modelId}: ${Math.floor(progress.progress * 100)}% ${progress.message}${details(progress)}`);
  }

  end(): void {}
}

function licenseLine({ name, license }: InstallProgress): string | undefined {
  if (license === undefined) return undefined;
  return `${name}: licence ${license.name}${license.url === undefined ? "" : `, to be read at ${license.url}`}`;
}

/** `, 3.1 GB of 13.5 GB, 45 MB/s, 4 min left` */
function details(progress: InstallProgress): string {
  const { fetchedBytes, fetchTotalBytes, bytesPerSecond, etaSeconds, step } = progress;
  const parts: string[] = [];
  if (step === "fetching" && fetchTotalBytes > 0)
    parts.push(`${formatBytes(fetchedBytes)} of ${formatBytes(fetchTotalBytes)}`);
  if (bytesPerSecond > 0 && step === "fetching") parts.push(`${formatBytes(bytesPerSecond)}/s`);
  if (etaSeconds !== undefined && etaSeconds > 0) parts.push(`${formatDuration(etaSeconds)} left`);
  return parts.map((part) => `, ${part}`).join("");
}

/** `40 s`, `12 min`, `3 h 20 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
