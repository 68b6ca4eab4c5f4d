import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { packagePath } from "../platform/paths.js";
import { allSteps, type DockerStage, isIgnored, readDockerfile, readEnvironment } from "./readDockerfile.js";

// `npm run prove:container`: where no container engine runs, does what the Dockerfile says in a Debian root of debootstrap's, then runs
// the image as docker-compose.yml would: read-only, without privileges, as uid 1000, in a network of its own. Linux, root; needs
// debootstrap, iproute2, Debian's packages and the npm registry. CRIA_CONTAINER_BASE: a Debian root that is there already.

const sh = (command: string, args: string[]) =>
  execFileSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
const read = (name: string) => readFileSync(join(packagePath, name), "utf8");
const stages = readDockerfile(read("Dockerfile"));
const work = mkdtempSync(join(tmpdir(), "cria-container-"));
const rootOf = (name: string) => join(work, name.replaceAll(/[^a-z0-9-]/g, "_"));

/** What an image `node:<version>-trixie-slim` has: Debian, node, npm, and the user `node`. */
function makeBase(image: string): string {
  const version = /^node:([\d.]+)-trixie-slim$/.exec(image)?.[1];
  if (version === undefined) throw new Error(`no recipe for the image ${image}`);
  const root = rootOf(image);
  if (existsSync(root)) return root;
  const given = process.env.CRIA_CONTAINER_BASE;
  if (given === undefined) sh("debootstrap", ["--variant=minbase", "trixie", root]);
  else sh("cp", ["-a", given, root]);
  const tools = join(work, "tools");
  const packages = [`node-linux-${process.arch}@${version}`, "npm@11"];
  sh("npm", ["install", "--prefix", tools, "--ignore-scripts", "--no-audit", "--no-fund", ...packages]);
  cpSync(join(tools, "node_modules", `node-linux-${process.arch}`, "bin", "node"), join(root, "usr/local/bin/node"));
  mkdirSync(join(root, "usr/local/lib/node_modules"), { recursive: true });
  sh("cp", ["-a", join(tools, "node_modules", "npm"), join(root, "usr/local/lib/node_modules/npm")]);
  sh("ln", ["-s", "../lib/node_modules/npm/bin/npm-cli.js", join(root, "usr/local/bin/npm")]);
  sh("chroot", [root, "useradd", "--uid", "1000", "--create-home", "node"]);
  // Names and certificates are the container engine's to give.
  for (const file of ["etc/resolv.conf", "etc/hosts", "etc/ssl/certs/ca-certificates.crt"]) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    if (existsSync(`/${file}`)) sh("cp", ["-L", `/${file}`, join(root, file)]);
  }
  return root;
}

/** The root that a stage leaves behind. */
function build(stage: DockerStage): void {
  const from = stages.some(({ name }) => name === stage.from) ? rootOf(stage.from) : makeBase(stage.from);
  const root = rootOf(stage.name);
  sh("cp", ["-a", from, root]);
  let folder = allSteps(stages, stage.from).findLast(({ instruction }) => instruction === "WORKDIR")?.text ?? "/";
  for (const [index, { instruction, text, flags }] of stage.steps.entries()) {
    const environment = readEnvironment([...allSteps(stages, stage.from), ...stage.steps.slice(0, index)]);
    if (instruction === "WORKDIR") {
      folder = text;
      mkdirSync(join(root, folder), { recursive: true });
    } else if (instruction === "COPY") copy(text.split(/\s+/), flags.from, join(root, folder));
    else if (instruction === "RUN") {
      console.log(`[${stage.name}] RUN ${text}`);
      runStep(root, folder, text, environment);
    }
  }
}

/** A step sees what an engine gives it: its own mounts, `/proc` and `/dev`. */
function runStep(root: string, folder: string, text: string, environment: Record<string, string>): void {
  const variables = Object.entries({ ...environment, HOME: "/root" }).map(([key, value]) => `${key}=${value}`);
  const mounts = `mount -t proc proc '${root}/proc' && mount --bind /dev '${root}/dev' && exec "$@"`;
  const command = ["chroot", root, "/usr/bin/env", ...variables, "/bin/sh", "-c", `cd ${folder} && ${text}`];
  sh("unshare", ["--mount", "/bin/sh", "-c", mounts, "sh", ...command]);
}

function copy(words: string[], from: string | undefined, folder: string): void {
  const target = words.at(-1) ?? ".";
  for (const source of words.slice(0, -1)) {
    if (from !== undefined) {
      const path = join(rootOf(from), source);
      const into = target.endsWith("/") ? join(folder, target) : join(folder, dirname(target));
      mkdirSync(into, { recursive: true });
      sh("cp", ["-a", path, into]);
      continue;
    }
    const ignore = read(".dockerignore");
    const tracked = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
      cwd: packagePath,
      encoding: "utf8",
    });
    for (const path of tracked.trim().split("\n")) {
      const wanted = source === "." || path === source || path.startsWith(`${source}/`);
      if (!wanted || isIgnored(ignore, path) || !existsSync(join(packagePath, path))) continue;
      cpSync(join(packagePath, path), join(folder, path));
    }
  }
}

/** Runs the image as the compose file does; prints what the container would say, and fails when it is not healthy. */
function use(stage: DockerStage): void {
  const steps = allSteps(stages, stage.name);
  const list = (instruction: string): string[] => {
    const { text = "[]" } = steps.findLast((step) => step.instruction === instruction) ?? {};
    return JSON.parse(text.replace(/^CMD\s+/, ""));
  };
  const quoted = (words: readonly string[]) => words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const root = rootOf(stage.name);
  const data = join(work, "data");
  sh("cp", ["-a", join(root, "data"), data]);
  const environment = {
    ...readEnvironment(steps),
    HOME: "/home/node",
    PATH: "/usr/local/bin:/usr/bin:/bin",
    CRIA_TOKEN: "prove-the-container",
  };
  const script = `set -eu
ip link set lo up
mount --bind '${root}' '${root}'
mount -t proc proc '${root}/proc'
mount --bind /dev '${root}/dev'
mount -t tmpfs tmpfs '${root}/tmp'
mount --bind '${data}' '${root}/data'
mount -o remount,ro,bind '${root}'
in_image() { chroot --userspec=1000:1000 --groups=1000 '${root}' /usr/bin/env -i ${quoted(Object.entries(environment).map(([k, v]) => `${k}=${v}`))} /bin/sh -c 'cd /app && exec "$@"' sh "$@"; }
echo "in the image: $(in_image id -un), node $(in_image node --version), writing to / $(in_image touch /app/x 2>/dev/null && echo works || echo fails)"
in_image ${quoted([...list("ENTRYPOINT"), "list"])}
in_image ${quoted([...list("ENTRYPOINT"), "chat", "demo", "--local", "--temp", "0", "-p", "Who are you?"])}
in_image ${quoted([...list("ENTRYPOINT"), ...list("CMD")])} & server=$!
for try in $(seq 100); do if in_image ${quoted(list("HEALTHCHECK"))}; then healthy=yes; break; fi; sleep 0.2; done
echo "healthy: \${healthy:-no}"
in_image node -e "fetch('http://127.0.0.1:3000/v1/models', { headers: { authorization: 'Bearer prove-the-container' } }).then((r) => r.json()).then((list) => console.log('models:', list.data.map((model) => model.id).join(' ')))"
kill -TERM $server; wait $server || true
[ "\${healthy:-no}" = yes ]`;
  sh("unshare", ["--mount", "--net", "--pid", "--fork", "/bin/sh", "-c", script]);
}

try {
  const target = process.argv[2] ?? "cpu";
  const wanted = stages.filter(({ name }) => target === "gpu" || !name.startsWith("gpu"));
  for (const stage of wanted) build(stage);
  const image = stages.find(({ name }) => name === target);
  if (image === undefined) throw new Error(`there is no stage ${target}`);
  const size = execFileSync("du", ["-sm", join(rootOf(target), "app")], { encoding: "utf8" }).split("\t")[0];
  console.log(`/app: ${size} MB`);
  use(image);
  console.log(`The steps of the Dockerfile work; ${target} runs read-only, unprivileged and healthy.`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
