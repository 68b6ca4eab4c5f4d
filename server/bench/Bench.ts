import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Flags } from "../platform/config.js";
import type { WorkerProgram } from "../workers/ModelWorker.js";
import {
  type BenchModel,
  demoModel,
  givenModel,
  installModel,
  type RandomModelSize,
  randomModel,
} from "./benchModels.js";
import { LoadClient } from "./clients/LoadClient.js";
import { HostedServer } from "./HostedServer.js";
import { makePrompt } from "./makePrompt.js";
import type { Recorder } from "./Recorder.js";
import type { BenchOptions } from "./readOptions.js";

/** One thing to measure. */
export interface Scenario {
  name: string;
  title: string;
  run(bench: Bench, recorder: Recorder): Promise<void>;
}

/** What scenarios measure with: servers, load processes and models, all gone when the scenario ends. */
export class Bench {
  readonly options: BenchOptions;
  readonly #log: (line: string) => void;
  readonly #undo: (() => Promise<void>)[] = [];
  #nonce = 0;

  constructor(options: BenchOptions, log: (line: string) => void) {
    this.options = options;
    this.#log = log;
  }

  get quick(): boolean {
    return this.options.quick;
  }

  /** Something to look at while it takes long. */
  progress(text: string): void {
    this.#log(`    ${text}`);
  }

  /** How often to measure: never fewer than 30 times unless it is only to show that everything works. */
  rounds(full: number, quick = 3): number {
    return this.quick ? quick : Math.max(30, full);
  }

  /** Models of these sizes; the given one alone when there is one, the demo or another small one when it has to be quick. */
  async models(sizes: readonly RandomModelSize[], quickSize?: RandomModelSize): Promise<BenchModel[]> {
    if (this.options.modelPath !== undefined) return [givenModel(this.options.modelPath)];
    if (this.quick) return [quickSize === undefined ? demoModel() : await randomModel(quickSize)];
    const models: BenchModel[] = [];
    for (const size of sizes) models.push(await randomModel(size));
    return models;
  }

  /** Something to be undone when the scenario ends, last one first. */
  defer(undo: () => Promise<void>): void {
    this.#undo.push(undo);
  }

  async temporaryFolder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), "cria-bench-"));
    this.defer(() => rm(path, { recursive: true, force: true, maxRetries: 5 }));
    return path;
  }

  /** A server of its own with these models installed. */
  async server(options: { models?: BenchModel[]; program?: WorkerProgram; flags?: Flags } = {}): Promise<HostedServer> {
    const homePath = await this.temporaryFolder();
    for (const model of options.models ?? []) await installModel(homePath, model);
    const flags: Flags = {
      port: "0",
      homePath,
      open: false,
      logLevel: "error",
      gpu: "off",
      maxThreads: this.options.threads,
      ...options.flags,
    };
    const server = await HostedServer.start(flags, options.program);
    this.defer(() => server.close());
    return server;
  }

  async client(): Promise<LoadClient> {
    const client = await LoadClient.start();
    this.defer(() => client.close());
    return client;
  }

  /** A prompt of about so many tokens that nobody has sent before. */
  freshPrompt(model: BenchModel, tokens: number): string {
    return makePrompt(Math.max(1, Math.round(tokens / model.tokensPerWord)), this.#nonce++);
  }

  async undoAll(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await undo();
  }
}
