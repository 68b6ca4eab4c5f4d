import type { Server as HttpServer } from "node:http";
import { localPrincipal } from "./access/Principal.js";
import { guestLimits } from "./chat/Allowance.js";
import { ChatAccounts } from "./chat/ChatAccounts.js";
import { SqliteChatStorage } from "./chat/SqliteChatStorage.js";
import { requestDalai } from "./client/requestDalai.js";
import type { InstallService } from "./install/InstallService.js";
import { demoModelId } from "./models/ModelRegistry.js";
import { openEngine, type RunningEngine } from "./openEngine.js";
import { openInstalls } from "./openInstalls.js";
import { AppError } from "./platform/AppError.js";
import { type Config, readConfig } from "./platform/config.js";
import { createLogger, type Logger } from "./platform/logger.js";
import { homePaths, makeHome } from "./platform/paths.js";
import type { DalaiRequestFields } from "./protocol/dalai.js";
import type { InstallProgress, InstallRequest } from "./protocol/install.js";
import { DalaiRun } from "./socket/dalai/DalaiRun.js";
import { parseDalaiRequest } from "./socket/dalai/parseDalaiRequest.js";
import { startServer } from "./startServer.js";

export interface CriaOptions {
  /** The most threads that models may use; left out: as many as are free. */
  threads?: number;
  /** The context that a model gets unless its own is smaller, in tokens. */
  contextTokens?: number;
  gpu?: "auto" | "off";
  logLevel?: Config["logLevel"];
}

/** A request in Dalai's words; with `url` it goes to the server there, without it is answered in this process. */
export interface CriaRequest extends DalaiRequestFields {
  url?: string;
  /** For a server that asks for one. */
  token?: string;
}

/** A server that was started by {@link Cria.serve}. */
export interface CriaServer {
  url: string;
  port: number;
  close(): Promise<void>;
}

interface Answer {
  readonly ended: Promise<void>;
  stop(): void;
}

/**
 * What Dalai's class was: models in this process or at a server, in Dalai's words. Nothing is loaded before the first request;
 * {@link close} ends everything that was begun.
 */
export class Cria {
  /** Absolute. */
  readonly home: string;
  readonly #config: Config;
  readonly #logger: Logger;
  readonly #answers = new Set<Answer>();
  readonly #servers = new Set<CriaServer>();
  #accounts: ChatAccounts | undefined;
  #accountsClosed: Promise<void> | undefined;
  /** Servers that are open or being opened. */
  #serverCount = 0;
  #engine: Promise<RunningEngine> | undefined;
  #installs: Promise<InstallService> | undefined;
  #closed = false;

  /** `home`: where models are kept; left out: `CRIA_HOME`, or `~/.cria`. Throws `config_invalid`. */
  constructor(home?: string, options: CriaOptions = {}) {
    this.#config = readConfig({
      homePath: home,
      maxThreads: options.threads,
      contextTokens: options.contextTokens,
      gpu: options.gpu,
      logLevel: options.logLevel ?? "error",
    });
    this.home = this.#config.homePath;
    this.#logger = createLogger(this.#config.logLevel);
  }

  /**
   * Answers a request piece by piece: a line break, the prompt, the model's text, and the end marker (`dalaiEndMarker`) unless
   * `skip_end` is set. Resolves when the answer has ended. What goes wrong is told in a piece, as Dalai's clients expect; it
   * rejects only with what `onPiece` throws, and with `server_closing` after {@link close}.
   */
  async request(
    request: CriaRequest,
    onPiece: (piece: string) => void,
    options: { signal?: AbortSignal } = {},
  ): Promise<void> {
    const { url, token, ...fields } = request;
    if (fields.prompt === "/stop" && url === undefined) {
      this.stop();
      return;
    }
    this.#requireOpen();
    const answer =
      url === undefined ? await this.#answerHere(fields, onPiece) : requestDalai(url, fields, onPiece, token);
    const { signal } = options;
    const stop = () => answer.stop();
    this.#answers.add(answer);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener("abort", stop, { once: true });
    try {
      await answer.ended;
    } finally {
      this.#answers.delete(answer);
      signal?.removeEventListener("abort", stop);
    }
  }

  /** Ends every answer that is under way, here and at other servers; what came stays. */
  stop(): void {
    for (const answer of [...this.#answers]) answer.stop();
  }

  /** Starts the whole server with its page on `port` (0: any free one) of 127.0.0.1. Throws as `startServer` does. */
  serve(port = 3000): Promise<CriaServer> {
    return this.#addServer((parts) => startServer({ ...this.#config, port }, parts));
  }

  /**
   * Puts Cria's and Dalai's socket protocols on a server that is listening already, or will be. Pages and programs reach it under the
   * names of this machine, or under `host` when the server is bound to another address.
   */
  http(httpServer: HttpServer, host = this.#config.host): Promise<CriaServer> {
    return this.#addServer((parts) => startServer({ ...this.#config, host, port: 0 }, { ...parts, httpServer }));
  }

  /** The ids of the installed models, as `["alpaca.7B", "alpaca.demo"]`. */
  async installed(): Promise<string[]> {
    const { registry } = await this.#openEngine();
    // Other programs install and remove models too.
    await registry.rescan();
    return registry.list().map((model) => model.id);
  }

  /**
   * Installs models of a family, one after the other; no name means `7B`. A model that is installed is left as it is, an install that
   * was interrupted goes on. Throws what the install fails with.
   */
  async install(
    family: string,
    names: string | readonly string[] = "7B",
    onProgress: (progress: InstallProgress) => void = () => {},
  ): Promise<void> {
    const installs = await this.#openInstalls();
    for (const name of [names].flat()) await installOne(installs, { modelId: `${family}.${name}` }, onProgress);
  }

  /** Installs from the hub (`owner/repository`, also `owner/repository:Q4_K_M`) or an https address. Resolves to the model's id. */
  async installFrom(source: string, onProgress: (progress: InstallProgress) => void = () => {}): Promise<string> {
    return installOne(await this.#openInstalls(), { source }, onProgress);
  }

  /**
   * Removes models from the memory and the disk. Throws `model_not_found`, `install_busy`, `model_in_use` while a model is at work that
   * has one of them for its draft, or `bad_request` for the one that ships.
   */
  async uninstall(family: string, names: string | readonly string[]): Promise<void> {
    const [{ registry, pool }, installs] = [await this.#openEngine(), await this.#openInstalls()];
    for (const name of [names].flat()) {
      const { id } = registry.getInstalled(`${family}.${name}`);
      if (id === demoModelId) throw new AppError("bad_request", "The model that ships with Cria cannot be removed.");
      await pool.release(id);
      await installs.remove(id);
    }
  }

  /** Stops everything, closes every server that was started, and waits until no process is left. Further calls wait for the first. */
  async close(): Promise<void> {
    this.#closed = true;
    this.stop();
    await Promise.all([...this.#servers].map((server) => server.close()));
    await (await this.#installs)?.close();
    await (await this.#engine)?.close();
  }

  /** An answer of this process: the same that a socket would get, without the socket. */
  async #answerHere(fields: DalaiRequestFields, onPiece: (piece: string) => void): Promise<Answer> {
    const { registry, generations } = await this.#openEngine();
    let settle = (_error?: unknown) => {};
    const ended = new Promise<void>((resolve, reject) => {
      settle = (error) => (error === undefined ? resolve() : reject(error));
    });
    const run = new DalaiRun(
      parseDalaiRequest(fields),
      { registry, generations },
      {
        by: localPrincipal,
        send: (piece) => {
          try {
            onPiece(piece);
          } catch (error) {
            // The caller's own mistake may not reach the generation's other readers.
            settle(error);
            run.abandon();
          }
        },
        writable: () => true,
        ended: () => settle(),
      },
    );
    run.start();
    return { ended, stop: () => run.stop() };
  }

  /** All servers of this object share its engine and the chats of its home, which the last of them gives up. */
  async #addServer(
    start: (parts: { engine: RunningEngine; accounts: ChatAccounts }) => Promise<CriaServer>,
  ): Promise<CriaServer> {
    const engine = await this.#openEngine();
    // Those of servers that were closed before have to be closed too: a home has one holder.
    await this.#accountsClosed;
    this.#accounts ??= this.#openAccounts(engine);
    this.#serverCount++;
    const leave = async () => {
      if (--this.#serverCount > 0) return;
      this.#accountsClosed = this.#accounts?.close();
      this.#accounts = undefined;
      await this.#accountsClosed;
    };
    try {
      const server = await start({ engine, accounts: this.#accounts });
      const added: CriaServer = {
        url: server.url,
        port: server.port,
        close: async () => {
          await server.close();
          if (this.#servers.delete(added)) await leave();
        },
      };
      this.#servers.add(added);
      return added;
    } catch (error) {
      await leave();
      throw error;
    }
  }

  #openAccounts({ generations, registry }: RunningEngine): ChatAccounts {
    const storage = new SqliteChatStorage(homePaths(this.home), this.#logger);
    const limits = guestLimits(this.#config.guestStorageMegabytes);
    return new ChatAccounts(this.home, { storage, generations, registry, logger: this.#logger, guestLimits: limits });
  }

  #openEngine(): Promise<RunningEngine> {
    this.#requireOpen();
    this.#engine ??= makeHome(homePaths(this.home)).then(() => openEngine(this.#config, {}, this.#logger));
    return this.#engine;
  }

  async #openInstalls(): Promise<InstallService> {
    const { registry } = await this.#openEngine();
    this.#installs ??= openInstalls(registry, homePaths(this.home), this.#logger);
    return this.#installs;
  }

  #requireOpen(): void {
    if (this.#closed) throw new AppError("server_closing", "This Cria object was closed.");
  }
}

/** Installs one model and waits for its end. Resolves to its id. */
async function installOne(
  installs: InstallService,
  request: InstallRequest,
  onProgress: (progress: InstallProgress) => void,
): Promise<string> {
  let settle = (_: InstallProgress) => {};
  const ended = new Promise<InstallProgress>((resolve) => {
    settle = resolve;
  });
  let wanted: string | undefined;
  const unlisten = installs.listen({
    progress: (progress) => {
      if (wanted !== undefined && progress.modelId !== wanted) return;
      onProgress(progress);
      if (wanted !== undefined && progress.state !== "running") settle(progress);
    },
    installed: () => {},
    removed: () => {},
  });
  try {
    const started = await installs.start(request);
    wanted = started.modelId;
    const { state, error } = await ended;
    if (state === "failed" && error !== undefined) throw AppError.fromInfo(error);
    if (state !== "installed") throw new AppError("install_stopped", `The install of ${wanted} was ${state}.`);
    return wanted;
  } finally {
    unlisten();
  }
}

export { dalaiEndMarker } from "./protocol/dalai.js";
