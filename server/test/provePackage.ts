import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { packagePath } from "../platform/paths.js";
import { version } from "../platform/version.js";
import { PackageConsumer, packTarball } from "./PackageConsumer.js";

// `npm run prove:package [node versions…]`: installs the tarball as npm would and uses it on several versions of Node. Needs the
// registry, and fetches about 400 MB the first time. Then once more without the GPU builds, as docs/install.md says.

const nodeVersions = process.argv.length > 2 ? process.argv.slice(2) : ["20.19.0", "22.12.0", "22", "24", "26"];
/** What the demo model says at temperature 0, wherever it runs. */
const prompt = "Once upon a time";

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`The package does not hold what it promises: ${what}.`);
}

/** Megabytes of everything below `path`, links not followed. */
async function megabytes(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  let bytes = 0;
  for (const entry of entries) if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  return Math.round(bytes / 1e6);
}

/** A node from the registry, in a folder of its own. */
async function fetchNode(folder: string, wanted: string): Promise<string> {
  const own = join(folder, wanted);
  await mkdir(own, { recursive: true });
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  await new PackageConsumer(own).install([`${name}@${wanted}`], ["--prefix", own]);
  return join(own, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
}

async function proveOn(consumer: PackageConsumer): Promise<void> {
  must((await consumer.cria(["--version"])).includes(version), "cria --version");
  const listed: { id: string }[] = JSON.parse(await consumer.cria(["list", "--json"]));
  must(listed[0]?.id === "alpaca.demo", "cria list names the demo model");
  const flags = ["--raw", "--json", "--local", "--temp", "0", "-n", "8"];
  const answer: { text: string } = JSON.parse(await consumer.cria(["chat", "demo", "-p", prompt, ...flags]));
  must(answer.text.length > 0, "cria chat answers");
  await consumer.whileServing(async (url) => {
    must((await (await fetch(url)).text()).includes('<div id="root">'), "the page is served");
    const completion = await fetch(`${url}/v1/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "alpaca.demo", prompt, temperature: 0, max_tokens: 8 }),
    });
    const { choices }: { choices: { text: string }[] } = JSON.parse(await completion.text());
    must(choices[0]?.text === answer.text, "the API says what the terminal says");
  });
  const { models, streamed, local, code } = await consumer.runProgram();
  must(models.includes("alpaca.demo"), "the class Cria knows the demo model");
  must(streamed === answer.text, "cria/client streams what the terminal says");
  must(local.includes(answer.text), `the class Cria answers ("${local}" has "${answer.text}")`);
  must(code === "model_not_found", "errors have their codes");
}

/** Every GPU build of the engine, set to a version that does not exist: npm leaves out what is optional and cannot be had. */
async function withoutGpuBuilds(): Promise<Record<string, string>> {
  const engine = join(packagePath, "node_modules", "node-llama-cpp", "package.json");
  const { optionalDependencies }: { optionalDependencies: Record<string, string> } = JSON.parse(
    await readFile(engine, "utf8"),
  );
  const names = Object.keys(optionalDependencies).filter((name) => /-(cuda|cuda-ext|vulkan)$/.test(name));
  return Object.fromEntries(names.map((name) => [name, "0.0.0"]));
}

const consumer = await PackageConsumer.create();
const cpuOnly = await PackageConsumer.create({ overrides: await withoutGpuBuilds() });
try {
  const tarball = await packTarball(consumer.path);
  console.log(`tarball: ${((await stat(tarball)).size / 1e6).toFixed(1)} MB`);
  await consumer.install([tarball]);
  const installed = join(consumer.path, "node_modules");
  console.log(
    `installed: ${await megabytes(installed)} MB, ${await megabytes(join(installed, "cria"))} MB of it Cria itself`,
  );
  await consumer.install(["typescript@5.9.3"], ["--no-save"]);
  for (const tscPath of [join(installed, ".bin", "tsc"), join(packagePath, "node_modules", ".bin", "tsc")])
    await consumer.compile(tscPath);
  console.log("types: compile with TypeScript 5.9 and 7");
  for (const wanted of nodeVersions) {
    const there = consumer.on(await fetchNode(join(consumer.path, "nodes"), wanted));
    await proveOn(there);
    console.log(`Node ${await there.nodeVersion()}: serve, list, chat, cria and cria/client work`);
  }
  await cpuOnly.install([tarball]);
  await cpuOnly.compile(join(packagePath, "node_modules", ".bin", "tsc"));
  await proveOn(cpuOnly);
  console.log(`without the GPU builds: ${await megabytes(join(cpuOnly.path, "node_modules"))} MB, and all of it works`);
} finally {
  await consumer.remove();
  await cpuOnly.remove();
}
