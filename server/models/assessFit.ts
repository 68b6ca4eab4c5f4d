import type { Fit } from "../protocol/install.js";

/** What this machine has, measured once. */
export interface MachineRoom {
  /** Memory that programs could get now without pushing others out. */
  availableMemoryBytes: number;
  /** All of it, or what this container may use. */
  totalMemoryBytes: number;
  /** On the disk that the models are on. */
  freeDiskBytes: number;
}

/** What a model needs. */
export interface RoomNeeds {
  ramBytes: number;
  /** At the worst moment of its install; 0 when it is installed already. */
  diskBytes: number;
}

/** The system needs some for itself. */
const usableMemoryShare = 0.92;
const comfortableMemoryShare = 0.7;
const comfortableDiskShare = 0.9;

/** Whether a model fits into this machine, and the numbers that say so. */
export function assessFit(needs: RoomNeeds, room: MachineRoom): Fit {
  const memory = { of: "memory", neededBytes: needs.ramBytes, presentBytes: room.totalMemoryBytes } as const;
  const disk = { of: "disk", neededBytes: needs.diskBytes, presentBytes: room.freeDiskBytes } as const;
  if (needs.ramBytes > room.totalMemoryBytes * usableMemoryShare) return withReason("tooBig", memory);
  if (needs.diskBytes > room.freeDiskBytes) return withReason("tooBig", disk);
  if (needs.ramBytes > room.availableMemoryBytes)
    return withReason("tight", { ...memory, unusedBytes: room.availableMemoryBytes });
  if (needs.ramBytes > room.totalMemoryBytes * comfortableMemoryShare) return withReason("tight", memory);
  if (needs.diskBytes > room.freeDiskBytes * comfortableDiskShare) return withReason("tight", disk);
  return withReason("fits", memory);
}

function withReason(fit: Fit["fit"], limit: Fit["limit"]): Fit {
  const needed = formatGigabytes(limit.neededBytes);
  const present = formatGigabytes(limit.presentBytes);
  const unused = limit.unusedBytes === undefined ? "" : `, ${formatGigabytes(limit.unusedBytes)} of them unused now`;
  const reason =
    limit.of === "memory"
      ? `needs ${needed} of memory, ${present} are there${unused}`
      : `needs ${needed} of disk, ${present} are free`;
  return { fit, reason, limit };
}

function formatGigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
