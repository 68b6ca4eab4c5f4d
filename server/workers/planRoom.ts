import { totalMemoryBytes } from "../platform/availableMemory.js";
import type { MemoryPlan } from "../weights/planMemory.js";
import { type Holder, returnedBytes } from "./returnedBytes.js";

/** Stays free for the system and the browser. */
export const reserveBytes = 512e6;

/**
 * What a load would come to, and the memory that it would have: what is free, what `own`, the model as it is held now, gives back,
 * and, as far as a load would close them, what the `idle` ones do, in their order. Never more than there is at all.
 */
export async function planRoom(
  plan: (availableBytes: number) => MemoryPlan,
  freeBytes: number,
  own: Holder | undefined,
  idle: readonly Holder[],
): Promise<{ memory: MemoryPlan; availableBytes: number }> {
  const mostBytes = Math.max(freeBytes, totalMemoryBytes() - reserveBytes);
  let availableBytes = Math.min(mostBytes, freeBytes + (own === undefined ? 0 : await returnedBytes(own)));
  let memory = plan(availableBytes);
  for (const holder of idle) {
    if (memory.totalBytes <= availableBytes && memory.sequences > 1) break;
    availableBytes = Math.min(mostBytes, availableBytes + (await returnedBytes(holder)));
    memory = plan(availableBytes);
  }
  return { memory, availableBytes };
}
