import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import { trustedProxies } from "./access/clientAddress.js";
import { openAccess } from "./access/openAccess.js";
import { localOwner } from "./access/Principal.js";
import { guestLimits } from "./chat/Allowance.js";
import { ChatAccounts } from "./chat/ChatAccounts.js";
import type { GenerationService } from "./chat/GenerationService.js";
import { LoadSettingsService } from "./chat/LoadSettingsService.js";
import { modelInfo } from "./chat/listModels.js";
import type { ApiServices } from "./http/ApiServices.js";
import { createApi } from "./http/createApi.js";
import { createHttpApp, type Health } from "./http/createHttpApp.js";
import { createPromptsRouter } from "./http/createPromptsRouter.js";
import { createDocsRouter } from "./http/docs/createDocsRouter.js";
import { Observability } from "./http/metrics/Observability.js";
import { OriginCheck } from "./http/OriginCheck.js";
import type { Installs } from "./install/Installs.js";
import { loadAtStart } from "./loadAtStart.js";
import { ModelWatch } from "./models/ModelWatch.js";
import { connectCluster, joinCluster, openChatStorage } from "./openCluster.js";
import { openEngine, type RunningEngine } from "./openEngine.js";
import { openInstalls } from "./openInstalls.js";
import { AppError } from "./platform/AppError.js";
import type { Config } from "./platform/config.js";
import { createLogger } from "./platform/logger.js";
import { homePaths, makeHome, packagePath } from "./platform/paths.js";
import { announceConversations, attachSocket, type CriaSocketServer } from "./socket/attachSocket.js";
import { createHandlers } from "./socket/createHandlers.js";
import { DalaiProtocol } from "./socket/dalai/DalaiProtocol.js";
import { announceInstalls } from "./socket/installHandlers.js";
import type { WorkerParts } from "./workers/ModelWorker.js";
import type { WorkerPool } from "./workers/WorkerPool.js";

/** Connections that are still open this long after the close began are cut. */
const closeGraceMs = 1000;

export interface RunningServer {
  /** For people: `http://127.0.0.1:3000`. */
  url: string;
  port: number;
  /** The token that this run was given or made for itself. */
  token: string | undefined;
  /** Undoes the start in reverse order; every worker is gone when it resolves. Further calls wait for the first. */
  close(): Promise<void>;
  /** The parts, for tests and for what is built on top. */
  installs: Installs;
  pool: WorkerPool;
  generations: GenerationService;
  io: CriaSocketServer;
}

/** What programs, tests and benchmarks bring themselves. */
export interface ServerParts {
  worker?: WorkerParts;
  /** An engine that is open already; it stays open. */
  engine?: RunningEngine;
  /** The chats of the home, open already; they stay open. */
  accounts?: ChatAccounts;
  /** A server that somebody else listens with: the sockets are put on it, the page and the HTTP routes are not. It stays open. */
  httpServer?: Server;
  /** Hears of every name of a model to load at the start that is no installed one's, in the place of the log, where that has warnings. */
  onUnknownModel?: (name: string, error: AppError) => void;
  /** The built page, if it is not the one that ships. */
  webPath?: string;
}

/**
 * Puts everything together: port first (so that a taken one is known at once and /health answers 503), then home, database,
 * models, services, sockets. Throws `port_taken`, `token_required`, `home_not_writable`, `home_in_use`, `storage_failed` or `config_invalid`, with nothing left running.
 */
export async function startServer(config: Config, parts: ServerParts = {}): Promise<RunningServer> {
  const logger = createLogger(config.logLevel);
  const undo: (() => Promise<void> | void)[] = [];
  const undoAll = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  let health: Health = "starting";
  let apiServices: ApiServices | undefined;
  try {
    const origins = new OriginCheck(config);
    const paths = homePaths(config.homePath);
    const trusted = trustedProxies(config.trustedProxies);
    const { access, token } = openAccess(config, paths.tokens, logger);
    undo.push(() => access.close());
    const webPath = parts.webPath ?? join(packagePath, "dist", "web");
    const app = createHttpApp({
      webPath,
      origins,
      access,
      trusted,
      health: () => health,
      routers: [
        createPromptsRouter({ builtInPath: join(packagePath, "models", "prompts"), ownPath: paths.prompts }),
        createDocsRouter(webPath),
        createApi(() => apiServices),
      ],
      logger,
    });
    const httpServer = parts.httpServer ?? createServer({ requireHostHeader: false }, app);
    if (parts.httpServer === undefined) {
      const connections = connectionsOf(httpServer);
      await listen(httpServer, config);
      undo.push(() => closeHttp(httpServer, connections));
    }

    await makeHome(paths);
    const cluster = await connectCluster(config, logger);
    undo.push(() => cluster?.close());
    const engine =
      parts.engine ??
      (await openEngine(config, { parkedStatesPath: paths.parkedStates, openLog: cluster?.openLog, ...parts }, logger));
    undo.push(() => (parts.engine === undefined ? engine.close() : engine.generations.stopAll()));
    const { registry, pool, engines, generations } = engine;
    access.onRevoked((principalId) => generations.stopBegunBy(principalId));
    const accounts =
      parts.accounts ??
      new ChatAccounts(paths.home, {
        storage: await openChatStorage(config, paths, cluster, logger),
        generations,
        registry,
        logger,
        guestLimits: guestLimits(config.guestStorageMegabytes),
        ...(cluster === undefined ? {} : { leftText: cluster.leftText }),
      });
    // After the engine: replies that end with it are stored yet.
    if (parts.accounts === undefined) undo.splice(-1, 0, () => accounts.close());
    // Those of this machine at once: a database that cannot be opened is to be known now.
    await accounts.of(localOwner);
    const promptFolders = { builtInPath: join(packagePath, "models", "prompts"), ownPath: paths.prompts };
    const address = httpServer.address();
    const port = typeof address === "object" && address !== null ? address.port : config.port;
    const url = `http://${urlHost(config.host)}:${port}`;
    const { directory, chats, retire } = await joinCluster(cluster, { url, generations, accounts });
    const localInstalls = await openInstalls(registry, paths, logger);
    const installs = (await cluster?.openInstalls(localInstalls, () => registry.scan())) ?? localInstalls;
    undo.push(() => installs.close());
    const loading = new LoadSettingsService(registry, pool, engine.loadSettings, generations);
    const handlers = createHandlers({
      registry,
      pool: engines,
      generations,
      directory,
      loading,
      accounts,
      chats,
      promptFolders,
      installs,
      homePath: paths.home,
    });
    const io = attachSocket(
      httpServer,
      { handlers, dalai: new DalaiProtocol({ registry, generations }, logger) },
      // A client that comes back while the server shuts down would see its generation end as if somebody had stopped it.
      {
        allowRequest: (request) => health !== "closing" && origins.allowsSocket(request),
        access,
        trusted,
        adapter: await cluster?.roomAdapter(),
      },
      logger,
    );
    undo.push(async () => {
      // Only this node's: the others serve on.
      io.local.disconnectSockets(true);
      io.engine.close();
      // The one that reaches over all nodes has connections of its own.
      await io.of("/").adapter.close();
    });
    announceConversations(io, accounts);
    announceInstalls(io, { installs, registry, pool: engines });
    engines.onStateChange((modelId) => {
      const model = registry.find(modelId);
      // One that was removed may leave the memory yet.
      if (model !== undefined) io.local.emit("model:changed", { models: [modelInfo(model, engines)] });
    });
    engine.onRemoteModels(({ changed, removed }) => {
      const models = changed.flatMap((modelId) => registry.find(modelId) ?? []);
      if (models.length > 0)
        io.local.emit("model:changed", { models: models.map((model) => modelInfo(model, engines)) });
      for (const modelId of removed)
        if (registry.find(modelId) === undefined) io.local.emit("model:removed", { modelId });
    });
    const watch = new ModelWatch(
      registry,
      async (changes) => {
        await Promise.all(changes.removed.map((modelId) => pool.unload(modelId)));
        installs.noticed(changes);
      },
      logger,
    );
    undo.push(() => watch.close());

    const observability = new Observability({ generations, pool, socketCount: () => io.engine.clientsCount }, logger);
    undo.push(() => observability.close());
    apiServices = { registry, pool: engines, generations, loading, accounts, chats, observability, logger };
    accounts.onOpen(({ feed }) =>
      feed.listen({ deleted: (conversationId) => void pool.forgetConversation(conversationId) }),
    );
    loadAtStart(config, engine, logger, parts.onUnknownModel);
    health = "ready";
    undo.push(async () => {
      health = "closing";
      await retire();
    });
    accounts.tellAddress(url);
    let closing: Promise<void> | undefined;
    return {
      url,
      port,
      token,
      close: () => {
        closing ??= undoAll();
        return closing;
      },
      installs,
      pool,
      generations,
      io,
    };
  } catch (error) {
    await undoAll();
    throw error;
  }
}

function listen(server: Server, config: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(listenError(cause, config)));
    server.listen(config.port, config.host, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

function listenError(cause: NodeJS.ErrnoException, { host, port }: Config): AppError {
  if (cause.code === "EADDRINUSE")
    return new AppError("port_taken", `Port ${port} is taken by another program.`, {
      hint: `Choose another one: cria serve --port ${port < 65_535 ? port + 1 : 3000}`,
      cause,
    });
  if (cause.code === "EACCES")
    return new AppError("port_taken", `This user may not open port ${port}.`, {
      hint: "Choose one above 1023: cria serve --port 3000",
      cause,
    });
  return new AppError("config_invalid", `Cannot listen on ${host}:${port}: ${cause.message}.`, {
    hint: "Check --host and --port.",
    field: "host",
    cause,
  });
}

/**
 * Stops taking connections, lets answers that are under way finish, then cuts what is left: also sockets, whose readers may have
 * stopped to read and would never hear that they are to say goodbye.
 */
function closeHttp(server: Server, connections: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      for (const connection of connections) connection.destroy();
    }, closeGraceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Every connection that is open, whatever it was upgraded to. */
function connectionsOf(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  return open;
}

/** An address that a browser on this machine can open. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
