/** One step of a Dockerfile, with its global ARGs put in. */
export interface DockerStep {
  instruction: string;
  /** What stands behind the instruction, without its flags. */
  text: string;
  flags: Record<string, string>;
}

export interface DockerStage {
  name: string;
  /** Another stage's name, or an image. */
  from: string;
  steps: DockerStep[];
}

const known = new Set([
  "ENV",
  "WORKDIR",
  "COPY",
  "RUN",
  "USER",
  "EXPOSE",
  "VOLUME",
  "HEALTHCHECK",
  "ENTRYPOINT",
  "CMD",
]);

/** Reads the part of the Dockerfile language that ours keeps to; throws for the rest. */
export function readDockerfile(source: string): DockerStage[] {
  const stages: DockerStage[] = [];
  const globals: Record<string, string> = {};
  const lines = source
    .replace(/^\s*#.*\n/gm, "")
    .replace(/\\\n\s*/g, " ")
    .split("\n");
  for (const line of lines) {
    if (line.trim() === "") continue;
    const [, instruction = "", rest = ""] = /^(\S+)\s+(.*)$/.exec(line.trim()) ?? [];
    const flags = Object.fromEntries(
      [...rest.matchAll(/(?<=^|\s)--([a-z-]+)=(\S+)/g)].map(([, key, value]) => [key, value]),
    );
    // A RUN's own flags are the shell's business.
    const text = (instruction === "RUN" ? rest : rest.replace(/^(--[a-z-]+=\S+\s+)+/, "")).trim();
    if (instruction === "ARG" && stages.length === 0) {
      const [name = "", value = ""] = text.split("=");
      globals[name] = value;
    } else if (instruction === "FROM") {
      const [, from = "", name = ""] =
        /^(\S+) AS (\S+)$/.exec(text.replace(/\$\{(\w+)\}/g, (_, key) => globals[key] ?? "")) ?? [];
      if (from === "") throw new Error(`not understood: ${line}`);
      stages.push({ name, from, steps: [] });
    } else if (known.has(instruction)) stages.at(-1)?.steps.push({ instruction, text, flags });
    else throw new Error(`not understood: ${line}`);
  }
  return stages;
}

/** A stage's steps behind those of the stages that it is made from. */
export function allSteps(stages: readonly DockerStage[], name: string): DockerStep[] {
  const stage = stages.find((candidate) => candidate.name === name);
  return stage === undefined ? [] : [...allSteps(stages, stage.from), ...stage.steps];
}

/** `KEY=value KEY=value`, without quotes. */
export function readEnvironment(steps: readonly DockerStep[]): Record<string, string> {
  const pairs = steps.filter(({ instruction }) => instruction === "ENV").flatMap(({ text }) => text.split(/\s+/));
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
}

/** Whether `.dockerignore` leaves a path out of the build: the last pattern that matches it, or a folder above it, decides. */
export function isIgnored(ignoreFile: string, path: string): boolean {
  const parts = path.split("/");
  const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  let ignored = false;
  for (const line of ignoreFile.split("\n")) {
    const pattern = line.trim();
    if (pattern === "" || pattern.startsWith("#")) continue;
    const keep = pattern.startsWith("!");
    const body = pattern
      .replace(/^!/, "")
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replace(/\*\*\//g, "(?:.*/)?")
      .replace(/(?<![.)])\*/g, "[^/]*");
    if (prefixes.some((prefix) => new RegExp(`^${body}$`).test(prefix))) ignored = !keep;
  }
  return ignored;
}
