import { execFile, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { packagePath } from "../platform/paths.js";

const run = promisify(execFile);
/** npm is a script on Windows, which only a shell can start; the arguments are ours alone. */
const shell = process.platform === "win32";

/** A program that uses both doors of the package; the `@ts-expect-error` lines fail to compile when the types are `any`. */
const program = `import { Cria, type CriaRequest } from "cria";
import { connect, CriaError } from "cria/client";

const cria = new Cria(process.argv[2], { threads: 1, gpu: "off" });
const models: string[] = await cria.installed();
const server = await cria.serve(0);
const client = await connect(server.url);
let streamed = "";
for await (const piece of client.generate({ model: "alpaca.demo", prompt: "Once upon a time", temperature: 0, maxTokens: 8 }))
  streamed += piece;
const refused: unknown = await client.generate({ model: "nobody", prompt: "x" }).result.catch((error: unknown) => error);
client.close();
// As Dalai did, it takes a temperature of 0 for none given: the likeliest token is chosen by top_k.
const request: CriaRequest = { model: "alpaca.demo", prompt: "Once upon a time", n_predict: 8, top_k: 1, repeat_penalty: 1, skip_end: true };
let local = "";
await cria.request(request, (piece) => { local += piece; });
await cria.close();
const code = refused instanceof CriaError ? refused.code : "no CriaError";
console.log(JSON.stringify({ models, streamed, local, code }));

// @ts-expect-error a model is a text
export const wrongRequest: CriaRequest = { model: 7 };
// @ts-expect-error there is no such option
export const wrongOptions = new Cria("home", { cores: 1 });
`;

/** What a page may import: no Node types are needed for it. */
const page = `import { connect, type ModelInfo } from "cria/client";
export async function names(url: string): Promise<string[]> {
  const client = await connect(url);
  // @ts-expect-error there is no such request
  await client.request("no:request", {});
  const { models }: { models: ModelInfo[] } = await client.request("model:list", {});
  return models.map((model) => model.name);
}
`;

const compilerOptions = {
  module: "nodenext",
  target: "es2023",
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
};

/** The tarball that `npm pack` makes of the built package, in `folder`; returns its path. */
export async function packTarball(folder: string): Promise<string> {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  const { stdout } = await run("npm", args, { cwd: packagePath, shell, maxBuffer: 64e6 });
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  if (packed === undefined) throw new Error("npm pack made nothing");
  return join(folder, packed.filename);
}

/** Somebody's folder in which the package has been installed, and what that somebody does with it. */
export class PackageConsumer {
  readonly path: string;
  /** Has its own node in front of the PATH. */
  readonly #environment: NodeJS.ProcessEnv;

  /** `nodePath`: the node that its programs run on; left out: this one. */
  constructor(path: string, nodePath: string = process.execPath) {
    this.path = path;
    const own = { CRIA_HOME: join(path, "home"), CRIA_THREADS: "1", CRIA_GPU: "off", CI: "1" };
    this.#environment = { ...process.env, ...own, PATH: `${dirname(nodePath)}:${process.env.PATH}` };
  }

  /** A new folder with nothing but a package.json, which has these fields too. */
  static async create(fields: Record<string, unknown> = {}): Promise<PackageConsumer> {
    const path = await mkdtemp(join(tmpdir(), "cria-consumer-"));
    await writeFile(join(path, "package.json"), JSON.stringify({ private: true, type: "module", ...fields }));
    return new PackageConsumer(path);
  }

  /** The same folder on another node. */
  on(nodePath: string): PackageConsumer {
    return new PackageConsumer(this.path, nodePath);
  }

  /** As npm would from the registry. */
  async install(packages: readonly string[], flags: readonly string[] = []): Promise<void> {
    await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...flags, ...packages], {
      cwd: this.path,
      shell,
    });
  }

  /**
   * Without the network: unpacks the tarball and links what its package.json names from this checkout's own packages, and nothing
   * else, so that an import of what is not among its dependencies fails here too.
   */
  async installLinked(tarball: string): Promise<void> {
    const modules = join(this.path, "node_modules");
    const cria = join(modules, "cria");
    await mkdir(join(modules, ".bin"), { recursive: true });
    await mkdir(cria);
    await run("tar", ["-xzf", tarball, "-C", cria, "--strip-components=1"]);
    const { dependencies, bin } = JSON.parse(await readFile(join(cria, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
      bin: { cria: string };
    };
    // A program for Node has Node's types.
    for (const name of [...Object.keys(dependencies), "@types/node"]) {
      await mkdir(dirname(join(modules, name)), { recursive: true });
      await symlink(join(packagePath, "node_modules", name), join(modules, name), shell ? "junction" : "dir");
    }
    await chmod(join(cria, bin.cria), 0o755);
    await symlink(join(cria, bin.cria), join(modules, ".bin", "cria"));
  }

  /** What `npx cria …` prints. */
  async cria(args: readonly string[]): Promise<string> {
    const { stdout } = await run("npx", ["--no-install", "cria", ...args], {
      cwd: this.path,
      env: this.#environment,
      shell,
    });
    return stdout;
  }

  async nodeVersion(): Promise<string> {
    const { stdout } = await run("node", ["--version"], { cwd: this.path, env: this.#environment });
    return stdout.trim();
  }

  /** Runs `cria serve` while `use` looks at it; throws when it prints no address or does not end well when it is asked to. */
  async whileServing<T>(use: (url: string) => Promise<T>): Promise<T> {
    const child = spawn(join(this.path, "node_modules", ".bin", "cria"), ["serve", "--port", "0"], {
      cwd: this.path,
      env: this.#environment,
      stdio: ["ignore", "pipe", "inherit"],
      shell,
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    try {
      const address = new Promise<string>((resolve, reject) => {
        let output = "";
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
          output += text;
          const url = /running at (\S+)/.exec(output)?.[1];
          if (url !== undefined) resolve(url);
        });
        void ended.then((code) => reject(new Error(`cria serve ended with ${code}: ${output}`)));
      });
      const result = await use(await address);
      child.kill("SIGTERM");
      const code = await ended;
      if (code !== 0) throw new Error(`cria serve was asked to end and ended with ${code}`);
      return result;
    } finally {
      child.kill("SIGKILL");
    }
  }

  /** Compiles programs that import the package with `tscPath`; what the compiler says when it does not like them is thrown. */
  async compile(tscPath: string): Promise<void> {
    await writeFile(join(this.path, "program.ts"), program);
    await writeFile(join(this.path, "page.ts"), page);
    for (const [file, types, lib] of [
      ["program", ["node"], ["es2023"]],
      ["page", [], ["es2023", "dom"]],
    ] as const) {
      const project = join(this.path, `${file}.json`);
      const options = { ...compilerOptions, types, lib };
      await writeFile(project, JSON.stringify({ compilerOptions: options, files: [`${file}.ts`] }));
      await run(tscPath, ["-p", project], { cwd: this.path, shell }).catch((error: { stdout?: string }) => {
        throw new Error(`${file}.ts: ${error.stdout ?? String(error)}`);
      });
    }
  }

  /** Runs what {@link compile} made. */
  async runProgram(): Promise<{ models: string[]; streamed: string; local: string; code: string }> {
    const { stdout } = await run("node", ["program.js", join(this.path, "home")], {
      cwd: this.path,
      env: this.#environment,
    });
    return JSON.parse(stdout);
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true, maxRetries: 5 });
  }
}
