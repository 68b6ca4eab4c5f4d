import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { freePort } from "./freePort.js";

/** Where Debian has the programs of each version, the newest first, then the PATH. */
const folders = [
  ...(existsSync("/usr/lib/postgresql")
    ? readdirSync("/usr/lib/postgresql")
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join("/usr/lib/postgresql", version, "bin"))
    : []),
  ...(process.env.PATH ?? "").split(delimiter),
];
const programFolder = folders.find((folder) => existsSync(join(folder, "initdb")));

const user = "cria";

/** A Postgres server of its own: a free port, a folder that goes with it, nothing flushed to the disk. */
export class PostgresProcess {
  /** Whether this machine has a Postgres. */
  static readonly available = programFolder !== undefined;
  readonly port: number;
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #databases = 0;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  static async start(): Promise<PostgresProcess> {
    const folder = await mkdtemp(join(tmpdir(), "cria-postgres-"));
    const { uid, gid } = unprivileged();
    if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
    const data = ["--pgdata", join(folder, "data"), "--username", user, "--auth", "trust"];
    execFileSync(program("initdb"), [...data, "--encoding", "UTF8", "--locale", "C", "--no-sync"], {
      ...unprivileged(),
      cwd: folder,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const postgres = new PostgresProcess(await freePort(), folder);
    await postgres.run();
    return postgres;
  }

  /** The address of the database that is there from the beginning. */
  get url(): string {
    return this.urlOf("postgres");
  }

  urlOf(database: string): string {
    return `postgres://${user}@127.0.0.1:${this.port}/${database}`;
  }

  /** A new, empty database; gives its address. */
  createDatabase(): string {
    const name = `cria${++this.#databases}`;
    const to = ["--host", "127.0.0.1", "--port", String(this.port), "--username", user];
    execFileSync(program("createdb"), [...to, name], { stdio: ["ignore", "ignore", "inherit"] });
    return this.urlOf(name);
  }

  /** Begins, or begins again with what was committed. Resolves when it takes connections. */
  run(): Promise<void> {
    const settings = {
      port: this.port,
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      fsync: "off",
      full_page_writes: "off",
      shared_buffers: "16MB",
      max_connections: 100,
      log_destination: "stderr",
      lc_messages: "C",
    };
    const child = spawn(
      program("postgres"),
      [
        "-D",
        join(this.#folder, "data"),
        ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
      ],
      { ...unprivileged(), cwd: this.#folder, stdio: ["ignore", "ignore", "pipe"] },
    );
    this.#child = child;
    return new Promise((resolve, reject) => {
      let output = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (output.includes("ready to accept connections")) resolve();
      });
      child.once("close", () => reject(new Error(`postgres ended: ${output}`)));
      child.once("error", reject);
    });
  }

  /** Resolves when it is gone, with its connections. SIGQUIT: at once, as after a crash; SIGINT: in order. */
  stop(signal: "SIGINT" | "SIGQUIT" = "SIGQUIT"): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      child.once("close", () => resolve());
      child.kill(signal);
    });
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function program(name: string): string {
  return join(programFolder ?? "", name);
}

/** Postgres refuses to run as root: it runs as its own user then, or as nobody. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync("/etc/passwd", "utf8").split("\n");
  const line =
    users.find((entry) => entry.startsWith("postgres:")) ?? users.find((entry) => entry.startsWith("nobody:"));
  const [, , uid, gid] = (line ?? "").split(":");
  return { uid: Number(uid), gid: Number(gid) };
}
