import { readFile } from "node:fs/promises";
import type { MemoryPlan } from "../weights/planMemory.js";
import type { LoadedModelInfo } from "./messages.js";

/** A worker in memory, as far as it says what its end would give back. */
export interface Holder {
  worker: { processId: number | undefined; info: LoadedModelInfo | undefined };
  plan: MemoryPlan | undefined;
}

/**
 * Bytes of main memory that are free when the worker has ended and are not now. Weights that are mapped from their file count as
 * free already, and those on a GPU were never in it. Measured where the system tells, else estimated, rather too low than too high.
 */
export async function returnedBytes({ worker: { processId, info }, plan }: Holder): Promise<number> {
  const measured = processId === undefined ? undefined : await privateBytes(processId);
  return measured ?? estimatedBytes({ worker: { processId, info }, plan });
}

/** … rather too high than too low: for whoever gives up where not even that is enough. */
export async function mostReturnedBytes(holder: Holder): Promise<number> {
  return Math.max(await returnedBytes(holder), estimatedBytes(holder));
}

function estimatedBytes({ worker: { info }, plan }: Holder): number {
  // One that is still loading has not taken it yet.
  if (plan === undefined || info === undefined) return 0;
  return info.gpu === false ? plan.kvCacheBytes + plan.restBytes : plan.restBytes;
}

/**
 * What no other process and no file holds as well, and what is locked. `undefined` where the system does not tell.
 * Source: Linux, proc_pid_status(5).
 */
async function privateBytes(processId: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${processId}/status`, "utf8").catch(() => "");
  const bytes = (name: string) => {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  };
  const [anonymous, locked, resident] = [bytes("RssAnon"), bytes("VmLck"), bytes("VmRSS")];
  if (anonymous === undefined) return undefined;
  return Math.min(anonymous + (locked ?? 0), resident ?? Number.POSITIVE_INFINITY);
}
