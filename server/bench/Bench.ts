import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Flags } from "../platform/config.js";
import { createLogger } from "../platform/logger.js";
import type { WorkerProgram } from "../workers/forkWorker.js";
import { ModelWorker } from "../workers/ModelWorker.js";
import type { LoadOptions } from "../workers/messages.js";
import { BareEngineProcess } from "./BareEngineProcess.js";
import {
  type BenchModel,
  givenModel,
  installModel,
  type RandomModelSize,
  randomModel,
  randomModelSizes,
} from "./benchModels.js";
import { LoadClient } from "./clients/LoadClient.js";
import { HostedServer } from "./HostedServer.js";
import { makePrompt } from "./makePrompt.js";
import { type PeerOptions, PeerServer } from "./PeerServer.js";
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

  /** How often to measure: never fewer than 30 times unless each takes minutes, or it is only to show that everything works. */
  rounds(full: number, quick = 2, atLeast = 30): number {
    return this.options.rounds ?? (this.quick ? quick : Math.max(atLeast, full));
  }

  /** The sizes of random models that are asked for; else this one, or a small one when it has to be quick. */
  sizes(usual: RandomModelSize): readonly RandomModelSize[] {
    const wanted = randomModelSizes.filter((size) => this.options.sizes.includes(size));
    return this.quick ? ["15M"] : wanted.length > 0 ? wanted : [usual];
  }

  /** Models of these sizes; the given one alone when there is one, a small one when it has to be quick. */
  async models(sizes: readonly RandomModelSize[], quickSize: RandomModelSize = "15M"): Promise<BenchModel[]> {
    if (this.options.modelPath !== undefined) return [givenModel(this.options.modelPath)];
    if (this.quick) return [await randomModel(quickSize)];
    const wanted = this.options.sizes;
    const models: BenchModel[] = [];
    for (const size of sizes) if (wanted.length === 0 || wanted.includes(size)) models.push(await randomModel(size));
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
  async server(
    options: {
      models?: BenchModel[];
      /** Of replies that do not say how long they shall be. */
      maxTokens?: number;
      program?: WorkerProgram;
      flags?: Flags;
    } = {},
  ): Promise<HostedServer> {
    const homePath = await this.temporaryFolder();
    for (const model of options.models ?? []) await installModel(homePath, model, options.maxTokens);
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

  /** The engine with nothing around it. */
  async bareEngine(
    model: BenchModel,
    contextTokens: number,
    threads = this.options.threads,
  ): Promise<BareEngineProcess> {
    const engine = await BareEngineProcess.start({ modelPath: model.weightsPath, threads, contextTokens });
    this.defer(() => engine.close());
    return engine;
  }

  /** A model process of Cria's with no server around it. */
  async worker(model: BenchModel, contextTokens: number, change: Partial<LoadOptions> = {}): Promise<ModelWorker> {
    const { threads } = this.options;
    const worker = new ModelWorker(model.id, createLogger("silent"));
    this.defer(() => worker.close());
    const usual = { contextTokens, sequences: 1, threads, maxThreads: threads, gpu: "off" } as const;
    await worker.load({ modelPath: model.weightsPath, ...usual, ...change }, () => {});
    return worker;
  }

  /** The server to compare with, on the same weights, if one was named. */
  async peer(
    model: BenchModel,
    options: Pick<PeerOptions, "parallel" | "contextTokens"> & { threads?: number },
  ): Promise<{ url: string; modelId: string } | undefined> {
    const { peerUrl, peerProgram, peerModelId = model.name, threads } = this.options;
    if (peerUrl !== undefined) return { url: peerUrl, modelId: peerModelId };
    if (peerProgram === undefined) return undefined;
    const peer = await PeerServer.start(peerProgram, { modelPath: model.weightsPath, threads, ...options });
    this.defer(() => peer.close());
    return { url: peer.url, modelId: peerModelId };
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

  /** What `work` starts is gone when it ends, so that one model's processes do not disturb the next one's. */
  async within(work: () => Promise<void>): Promise<void> {
    const before = this.#undo.length;
    try {
      await work();
    } finally {
      for (const undo of this.#undo.splice(before).reverse()) await undo();
    }
  }

  async undoAll(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await undo();
  }
}
