import type { HeldDraft } from "./draft/holdDraft.js";
import { memoryShort } from "./memoryShort.js";
import { type Resident, refuseUnwanted } from "./Resident.js";
import { mostReturnedBytes } from "./returnedBytes.js";

/** What there is for a model that is to be loaded. */
export interface Room {
  /** Memory that is free now. */
  freeBytes(): number;
  /** Models that may be closed for it, the one unused longest first. */
  idle(): Resident[];
}

/**
 * Closes idle models until the model of `resident` fits, and returns how it is held then; its draft gets what is left. Throws
 * `memory_short`: where not even all idle ones would make room none is closed, since nobody is to lose a model, and what is cached of
 * their chats, to one that cannot be loaded all the same. Throws `worker_died` for a model that is not wanted any more.
 */
export async function makeRoom(
  resident: Resident,
  hold: (availableBytes: number) => HeldDraft,
  room: Room,
): Promise<HeldDraft> {
  const refuse = (wantedBytes: number, freeBytes: number) =>
    memoryShort(
      resident.worker.modelId,
      wantedBytes,
      freeBytes,
      "Close other programs, unload another model, pinned ones too, or choose a smaller model or quantization.",
    );
  const returned = await Promise.all(room.idle().map(mostReturnedBytes));
  const mostBytes = returned.reduce((sum, bytes) => sum + bytes, room.freeBytes());
  const leastBytes = hold(mostBytes).withoutDraft.totalBytes;
  if (leastBytes > mostBytes) throw refuse(leastBytes, mostBytes);
  for (;;) {
    // Nobody leaves for one that is not wanted any more.
    refuseUnwanted(resident);
    const freeBytes = room.freeBytes();
    const held = hold(freeBytes);
    const { totalBytes, sequences } = held.withoutDraft;
    const oldest = room.idle()[0];
    if (totalBytes <= freeBytes && (sequences > 1 || oldest === undefined)) return held;
    if (oldest !== undefined) {
      await oldest.worker.close();
      continue;
    }
    if (held.plan.totalBytes <= freeBytes) return held;
    throw refuse(held.plan.totalBytes, freeBytes);
  }
}
