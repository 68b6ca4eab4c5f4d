// `npm run dev`: compiles the server as it changes and restarts it, and serves the page through Vite, which reloads it.
import { spawn } from "node:child_process";
import { existsSync, watch } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// By their files, which Node can start everywhere: what lies in .bin is for a shell on Windows.
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
const vite = join(root, "node_modules", "vite", "bin", "vite.js");
const onWindows = process.platform === "win32";
const main = join(root, "dist", "server", "cli", "main.js");
const options = { cwd: root, stdio: "inherit", env: { ...process.env, CRIA_PORT: process.env.CRIA_PORT ?? "3000" } };
/** The compiler writes many files in a row: one restart for all of them. */
const settleMs = 300;

let server;
let timer;
let stopping = false;

function restart() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (server !== undefined && server.exitCode === null && server.signalCode === null) {
      server.once("exit", start);
      server.kill("SIGTERM");
    } else start();
  }, settleMs);
}

function start() {
  if (stopping || !existsSync(main)) return;
  server = spawn(process.execPath, [main, "serve", "--no-open"], options);
}

function stopGroup(child) {
  if (onWindows) child.kill();
  else process.kill(-child.pid, "SIGTERM");
}

const firstBuild = spawn(process.execPath, [tsc, "-b"], options);
firstBuild.once("exit", () => {
  // Both start processes of their own, which only a signal to the whole group reaches.
  const watchOptions = { ...options, detached: !onWindows };
  const watchers = [
    spawn(process.execPath, [tsc, "-b", "--watch", "--preserveWatchOutput"], watchOptions),
    spawn(process.execPath, [vite, "web"], watchOptions),
  ];
  start();
  watch(join(root, "dist", "server"), { recursive: true }, (_event, file) => {
    if (file?.endsWith(".js") && !file.endsWith(".test.js")) restart();
  });
  for (const signal of ["SIGINT", "SIGTERM"])
    process.once(signal, () => {
      stopping = true;
      server?.kill("SIGTERM");
      for (const watcher of watchers) stopGroup(watcher);
      process.exit(0);
    });
});
