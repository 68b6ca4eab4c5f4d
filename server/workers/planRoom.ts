import { totalMemoryBytes } from "../platform/availableMemory.js";
import type { MemoryPlan } from "../weights/planMemory.js";
import { type Holder, returnedBytes } from "./returnedBytes.js";

/** Stays free for the system and the browser. */
export const reserveBytes = 512e6;

/**
 * What a load would come to, and the memory that it would have: what is free, what `own`, the model as it is held now, gives back,
 * and, as far as a load would close them, what the `idle` ones do, in their order: as far as `withoutDraft`, the model alone, needs it.
 * Never more than there is at all.
 */
export async function planRoom(
  plan: (availableBytes: number) => { memory: MemoryPlan; withoutDraft: MemoryPlan },
  freeBytes: number,
  own: Holder | undefined,
  idle: readonly Holder[],
): Promise<{ memory: MemoryPlan; availableBytes: number }> {
  const mostBytes = Math.max(freeBytes, totalMemoryBytes() - reserveBytes);
  let availableBytes = Math.min(mostBytes, freeBytes + (own === undefined ? 0 : await returnedBytes(own)));
  let { memory, withoutDraft } = plan(availableBytes);
  for (const holder of idle) {
    if (withoutDraft.totalBytes <= availableBytes && withoutDraft.sequences > 1) break;
    availableBytes = Math.min(mostBytes, availableBytes + (await returnedBytes(holder)));
    ({ memory, withoutDraft } = plan(availableBytes));
  }
  return { memory, availableBytes };
}
