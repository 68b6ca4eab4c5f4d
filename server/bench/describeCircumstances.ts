import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { usableCores } from "../platform/freeCores.js";
import { packagePath } from "../platform/paths.js";
import { version } from "../platform/version.js";
import type { Circumstances } from "./report.js";

/**
 * Everything that a figure depends on beside the code that measured it. A peer that is a program goes by its name: the folder
 * that it lies in says nothing to anybody else.
 */
export function describeCircumstances(options: {
  threads: number;
  quick: boolean;
  rounds?: number;
  peerUrl?: string;
  peerProgram?: string;
}): Circumstances {
  const { threads, quick, rounds, peerUrl, peerProgram } = options;
  const peer = peerUrl ?? (peerProgram === undefined ? undefined : basename(peerProgram));
  return {
    startedAt: new Date().toISOString(),
    commit: commit(),
    machine: {
      cpu: cpus()[0]?.model.trim() ?? "unknown",
      cores: availableParallelism(),
      usableCores: usableCores(),
      memoryBytes: totalmem(),
      system: `${type()} ${release()} ${process.arch}`,
      loadAverage: loadavg()[0] ?? 0,
    },
    versions: {
      cria: version,
      node: process.versions.node,
      "node-llama-cpp": packageVersion("node-llama-cpp"),
      "llama.cpp": engineRelease(),
      "socket.io": packageVersion("socket.io"),
    },
    threads,
    quick,
    ...(rounds === undefined ? {} : { rounds }),
    ...(peer === undefined ? {} : { peer }),
  };
}

function commit(): string {
  const git = (...args: string[]) =>
    spawnSync("git", args, { cwd: packagePath, encoding: "utf8" }).stdout?.trim() ?? "";
  const hash = git("rev-parse", "--short=12", "HEAD");
  if (hash === "") return "unknown";
  return git("status", "--porcelain", "--untracked-files=no") === "" ? hash : `${hash}+`;
}

function packageVersion(name: string): string {
  return field(join(packageFolder(name), "package.json"), "version");
}

/** The release of llama.cpp that the engine was built from. */
function engineRelease(): string {
  return field(join(packageFolder("node-llama-cpp"), "llama", "binariesGithubRelease.json"), "release");
}

function packageFolder(name: string): string {
  const entry = dirname(fileURLToPath(import.meta.resolve(name)));
  return entry.slice(0, entry.lastIndexOf(join("node_modules", name)) + join("node_modules", name).length);
}

function field(path: string, name: string): string {
  try {
    return String(z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, "utf8")))[name] ?? "unknown");
  } catch {
    return "unknown";
  }
}
