import { createServer } from "node:net";
import { createInterface } from "node:readline/promises";
import type { CAC } from "cac";
import open from "open";
import { AppError } from "../platform/AppError.js";
import { type Config, readConfig } from "../platform/config.js";
import { isLoopback } from "../platform/networkAddress.js";
import { type RunningServer, type ServerParts, startServer } from "../startServer.js";
import { HomeLock } from "../storage/HomeLock.js";
import { hintAtUpdate } from "./hintAtUpdate.js";
import { interruptedStatus } from "./printError.js";
import { loginLink, showNetworkAddress } from "./showNetworkAddress.js";
import { unknownModelWarning } from "./unknownModelWarning.js";

interface ServeFlags {
  host?: unknown;
  port?: unknown;
  home?: unknown;
  token?: unknown;
  allowedHost?: unknown;
  trustedProxy?: unknown;
  open?: boolean;
  log?: unknown;
  updateCheck?: unknown;
  threads?: unknown;
  gpu?: unknown;
  context?: unknown;
  kvCache?: unknown;
  preload?: unknown;
  idleUnload?: unknown;
  guestStorage?: unknown;
  engine?: unknown;
  pin?: unknown;
  redis?: unknown;
  postgres?: unknown;
}

/** How many ports after a taken one are tried before giving up. */
const portsTried = 100;

/** `cria serve [port]`: runs until SIGINT or SIGTERM. */
export function registerServe(cli: CAC): void {
  cli
    .command("serve [port]", "Start the server and open the chat page")
    .option("--host <address>", "Address to listen on (127.0.0.1: this machine only)")
    .option("--port <number>", "Port to listen on (3000)")
    .option("--home <folder>", "Where models and conversations are kept (~/.cria)")
    .option("--token <secret>", "What callers have to show; auto: make one for this run. Better given as CRIA_TOKEN")
    .option("--allowed-host <name>", "A name under which the server may be asked for, as chat.example.org")
    .option("--trusted-proxy <address>", "A proxy in front of it, whose word on its callers counts")
    .option("--update-check <off|daily>", "Ask npm once a day whether there is a newer version (off)")
    .option("--open", "Open the page even when nobody seems to sit in front")
    .option("--no-open", "Do not open the page in the browser")
    .option("--threads <number>", "The most threads that models may use (as many as are free)")
    .option("--context <tokens>", "The most context that a model gets (8192)")
    .option(
      "--kv-cache <type>",
      "Keep the KV cache as f16, q8_0 (half the memory) or q4_0 (a quarter) (as tuned, or f16)",
    )
    .option("--preload <models>", "Load these models at the start, as 13B,alpaca.7B")
    .option("--idle-unload <minutes>", "Take models out of memory that nobody used for so long; 0: never (30)")
    .option("--guest-storage <MB>", "The most that each guest's chats and files may take; 0: no bound (1024)")
    .option("--engine <name=url>", "Offer the models of an OpenAI-compatible server too, as gpu=http://host:8000/v1")
    .option("--pin <models>", "Load these at the start and keep them in memory")
    .option("--redis <url>", "Share running replies with other servers. Better given as CRIA_REDIS; needs --postgres")
    .option("--postgres <url>", "Keep the chats of all servers there. Better given as CRIA_POSTGRES; needs --redis")
    .option("--gpu <auto|off>", "Use a GPU if there is one (auto)")
    .option("--log <level>", "silent, error, warn, info or debug (warn)")
    .action(serve);
}

async function serve(positionalPort: string | undefined, flags: ServeFlags): Promise<void> {
  const config = readConfig({
    host: flags.host,
    port: flags.port ?? positionalPort,
    homePath: flags.home,
    token: flags.token,
    allowedHosts: flags.allowedHost,
    trustedProxies: flags.trustedProxy,
    // The flags' parser cannot tell a flag from its default.
    open: flags.open !== false && (process.argv.includes("--open") || canOpenBrowser()),
    updateCheck: flags.updateCheck,
    logLevel: flags.log,
    maxThreads: flags.threads,
    gpu: flags.gpu,
    contextTokens: flags.context,
    kvCacheType: flags.kvCache,
    preload: flags.preload,
    idleUnloadMinutes: flags.idleUnload,
    guestStorageMegabytes: flags.guestStorage,
    engines: flags.engine,
    pin: flags.pin,
    redisUrl: flags.redis,
    postgresUrl: flags.postgres,
  });
  const server = await startOrOfferPort(config);
  if (server === undefined) return;
  console.log(`Cria is running at ${server.url}`);
  if (!isLoopback(config.host)) showNetworkAddress(config.host, server);
  else if (config.token === "auto") console.log(`Open it with: ${loginLink(server.url, server.token)}`);
  console.log("Press Ctrl+C to stop.");
  const close = () => {
    void server.close().then(() => process.exit(0));
  };
  process.once("SIGINT", close);
  process.once("SIGTERM", close);
  process.once("SIGHUP", close);
  if (config.updateCheck === "daily") void hintAtUpdate(config.homePath);
  if (config.open) await open(server.url).catch(() => {});
}

/** Somebody who reads the log in a terminal gets sentences for what they can mend; files and services get the log. */
function warnings(): Pick<ServerParts, "onUnknownModel"> {
  if (!process.stderr.isTTY) return {};
  return { onUnknownModel: (name, error) => console.error(unknownModelWarning(name, error)) };
}

/** A terminal that is asked takes the next free port; without one, the error names it. */
async function startOrOfferPort(config: Config): Promise<RunningServer | undefined> {
  try {
    return await startServer(config, warnings());
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "port_taken") throw error;
    refuseSecond(config.homePath);
    const port = await nextFreePort(config.port + 1, config.host);
    if (port === undefined) throw error;
    if (!process.stdin.isTTY || !process.stdout.isTTY)
      throw new AppError("port_taken", error.message, { hint: `Port ${port} is free: cria serve --port ${port}` });
    const answer = await ask(`${error.message} Use ${port} instead? [Y/n] `);
    if (answer === undefined || /^n/i.test(answer.trim())) {
      process.exitCode = answer === undefined ? interruptedStatus : 1;
      return undefined;
    }
    return startServer({ ...config, port }, warnings());
  }
}

/** Whoever has the port may be the server of this very home: another port would not help. Throws `home_in_use` then. */
function refuseSecond(homePath: string): void {
  try {
    HomeLock.take(homePath).release();
  } catch (error) {
    if (error instanceof AppError && error.code === "home_in_use") throw error;
    // A home that cannot be locked, or is not there yet: the start itself will say so.
  }
}

/** What was typed; `undefined` after Ctrl-C or Ctrl-D. */
async function ask(question: string): Promise<string | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await terminal.question(question);
  } catch {
    process.stdout.write("\n");
    return undefined;
  } finally {
    terminal.close();
  }
}

async function nextFreePort(from: number, host: string): Promise<number | undefined> {
  for (let port = from; port < Math.min(from + portsTried, 65_536); port++) if (await isFree(port, host)) return port;
  return undefined;
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}

/** Somebody sits in front of it: a terminal, and on Linux a display. */
function canOpenBrowser(): boolean {
  if (process.env.CI !== undefined || !process.stdout.isTTY) return false;
  return process.platform !== "linux" || process.env.DISPLAY !== undefined || process.env.WAYLAND_DISPLAY !== undefined;
}
