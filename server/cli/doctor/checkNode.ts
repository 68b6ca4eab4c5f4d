import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { packagePath } from "../../platform/paths.js";
import { type Finding, ok, problem } from "./Finding.js";

/** The running Node against what package.json asks for. */
export function checkNode(running = process.versions.node): Finding {
  const { engines } = z
    .object({ engines: z.object({ node: z.string().regex(/^>=\d+\.\d+$/) }) })
    .parse(JSON.parse(readFileSync(join(packagePath, "package.json"), "utf8")));
  const [major = 0, minor = 0] = numbers(running);
  const [neededMajor = 0, neededMinor = 0] = numbers(engines.node);
  return major > neededMajor || (major === neededMajor && minor >= neededMinor)
    ? ok("node", `Node ${running}`)
    : problem(
        "node",
        `Node ${running} is too old.`,
        `Cria needs ${neededMajor}.${neededMinor} or newer: get it from nodejs.org.`,
      );
}

const numbers = (version: string) => (version.match(/\d+/g) ?? []).map(Number);
