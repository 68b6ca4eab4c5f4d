// Makes a fresh clone runnable with nothing but Node: installs what package-lock.json names, builds what changed, and for tests
// finds a browser. Quick when there is nothing to do. Built-ins only, since it runs before anything is installed.
//   node .ci/ready.mjs start | test | dev
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { findChromium } from "./chromium.mjs";
import { missingServices } from "./services.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const installStamp = join(root, "node_modules", ".cria-installed");
const buildStamp = join(root, "dist", ".cria-built");

function fail(message) {
  console.error(message);
  process.exit(1);
}

function run(command, args, what) {
  // npm is a script on Windows, which only a shell can start. A shell is given one line: Node warns of a list (DEP0190).
  const shell = process.platform === "win32";
  const [program, list] = shell ? [[command, ...args].join(" "), []] : [command, args];
  const { status, error } = spawnSync(program, list, { cwd: root, stdio: "inherit", shell });
  if (error !== undefined) fail(`${what} could not be started: ${error.message}`);
  if (status !== 0) fail(`${what} failed (exit status ${status}). The lines above say why.`);
}

function read(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** The same as server/platform/supportedNode.ts, which is not built yet. */
function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (!(major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)))
    fail(
      `Cria needs Node 22.12 or newer (or 20.19 and newer of Node 20); this is ${process.versions.node}. Get it from nodejs.org.`,
    );
}

function install() {
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .update(`${process.platform} ${process.arch}`)
    .digest("hex");
  if (read(installStamp) === wanted) return;
  console.log("Installing what Cria needs (once) ...");
  // Not `npm ci`: it refuses a lock file that lacks builds for other platforms, and registries differ in which they have.
  run("npm", ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"], "npm install");
  installEngine();
  writeFileSync(installStamp, wanted);
}

/** The lock file names only the engine builds that its author's registry had; another platform gets its own here. */
function installEngine() {
  const platform = { linux: "linux", darwin: "mac", win32: "win" }[process.platform];
  const metal = process.platform === "darwin" && process.arch === "arm64" ? "-metal" : "";
  const name = `@node-llama-cpp/${platform}-${process.arch}${metal}`;
  if (existsSync(join(root, "node_modules", name))) return;
  const manifest = JSON.parse(readFileSync(join(root, "node_modules", "node-llama-cpp", "package.json"), "utf8"));
  if (!Object.hasOwn(manifest.optionalDependencies ?? {}, name))
    fail(`There is no engine build for ${process.platform} on ${process.arch}.`);
  const args = ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${manifest.version}`];
  run("npm", args, `Installing ${name}`);
}

/** What the build is made from: every source file's path, size and time of change. */
function sourcesHash() {
  const hash = createHash("sha256");
  const visit = (path) => {
    const stats = statSync(path);
    if (!stats.isDirectory()) {
      hash.update(`${relative(root, path)}\0${stats.size}\0${stats.mtimeMs}\n`);
      return;
    }
    for (const name of readdirSync(path).sort())
      if (name !== "node_modules" && !name.startsWith(".")) visit(join(path, name));
  };
  for (const name of ["server", "web", "package.json", "package-lock.json", "tsconfig.json", "tsconfig.base.json"])
    visit(join(root, name));
  return hash.digest("hex");
}

/** The compiler leaves what it made of a file that is gone since: a test among it would still be run. */
function removeOrphans(builtPath, sourcePath) {
  if (!existsSync(builtPath)) return;
  for (const name of readdirSync(builtPath, { recursive: true })) {
    const source = name.replace(/\.(js|js\.map|d\.ts)$/, ".ts");
    if (source !== name && !existsSync(join(sourcePath, source))) rmSync(join(builtPath, name));
  }
}

function build() {
  const sources = sourcesHash();
  if (read(buildStamp) === sources) return;
  console.log("Building ...");
  removeOrphans(join(root, "dist", "server"), join(root, "server"));
  removeOrphans(join(root, "dist", "web-e2e", "tests"), join(root, "web", "e2e"));
  // What comes last goes to Vite: no list of its files.
  run("npm", ["run", "--silent", "build", "--", "--logLevel", "warn"], "The build");
  mkdirSync(dirname(buildStamp), { recursive: true });
  writeFileSync(buildStamp, sources);
}

/** Browser tests need a Chromium; where Debian's package manager may be used, it is installed. */
function findBrowser() {
  if (findChromium() !== undefined) return;
  const mayInstall = process.platform === "linux" && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (!mayInstall) fail("The browser tests need Chromium or Chrome: install one, or give its path in CRIA_CHROMIUM.");
  console.log("Installing Chromium for the browser tests ...");
  run("apt-get", ["update", "-qq"], "apt-get update");
  run(
    "apt-get",
    ["install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-liberation"],
    "apt-get install chromium",
  );
}

checkNode();
install();
const purpose = process.argv[2] ?? "start";
if (purpose !== "dev") build();
if (purpose === "test") {
  findBrowser();
  const missing = missingServices();
  if (missing.length > 0) console.log(`Not installed: ${missing.join(", ")}. The tests that need it are skipped.`);
}
