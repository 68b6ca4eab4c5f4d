import { readFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import { controlGroupFolders, type ReadText } from "./controlGroupFolders.js";

/** What the system says of its memory, in bytes; another source is for tests. */
export interface MemoryReadings {
  /** Of the process's control group; 0, or more than there is: none. Source: libuv, uv_get_constrained_memory. */
  limitBytes: number;
  /** What is left of that limit, or else of the machine's memory. Source: libuv, uv_get_available_memory. */
  leftBytes: number;
  /** What the whole machine has left; on Linux with what its file cache would give back (MemAvailable). */
  machineLeftBytes: number;
  machineBytes: number;
  read: ReadText;
}

function readMemory(): MemoryReadings {
  return {
    limitBytes: process.constrainedMemory(),
    leftBytes: process.availableMemory(),
    machineLeftBytes: freemem(),
    machineBytes: totalmem(),
    read: (path) => readFileSync(path, "utf8"),
  };
}

/**
 * Bytes of memory that can be had without swapping, a container's limit counted. A control group counts the files that were read in it as
 * used: a container that has just installed a model looks full, though the system gives that memory back as soon as it is wanted.
 */
export function availableMemoryBytes(memory = readMemory()): number {
  if (!isLimited(memory)) return memory.leftBytes;
  const leftBytes = memory.leftBytes + cachedFileBytes(memory.read);
  return Math.min(leftBytes, memory.limitBytes, memory.machineLeftBytes);
}

/** Bytes of memory that this process could have at the most: the machine's, or its container's limit. */
export function totalMemoryBytes(memory = readMemory()): number {
  return isLimited(memory) ? memory.limitBytes : memory.machineBytes;
}

function isLimited({ limitBytes, machineBytes }: MemoryReadings): boolean {
  return limitBytes > 0 && limitBytes < machineBytes;
}

/**
 * What this process's control group holds of files and would give back: 0 where that is not told. Source: Linux, cgroup-v2 and
 * cgroup-v1/memory, `memory.stat`; in version 1 the `total_` lines are those that the limit is about.
 */
export function cachedFileBytes(read: ReadText): number {
  for (const folder of controlGroupFolders("memory", read)) {
    let stat: string;
    try {
      stat = read(`${folder}/memory.stat`);
    } catch {
      continue;
    }
    const bytes = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(stat)?.[1] ?? Number.NaN);
    const [whole, own] = ["total_", ""].map((of) => bytes(`${of}inactive_file`) + bytes(`${of}active_file`));
    return [whole, own].find((sum) => sum !== undefined && Number.isFinite(sum)) ?? 0;
  }
  return 0;
}
