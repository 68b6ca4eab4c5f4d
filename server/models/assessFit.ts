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
  const memory = `needs ${formatGigabytes(needs.ramBytes)} of memory, ${formatGigabytes(room.totalMemoryBytes)} are there`;
  const disk = `needs ${formatGigabytes(needs.diskBytes)} of disk, ${formatGigabytes(room.freeDiskBytes)} are free`;
  if (needs.ramBytes > room.totalMemoryBytes * usableMemoryShare) return { fit: "tooBig", reason: memory };
  if (needs.diskBytes > room.freeDiskBytes) return { fit: "tooBig", reason: disk };
  if (needs.ramBytes > room.availableMemoryBytes)
    return { fit: "tight", reason: `${memory}, ${formatGigabytes(room.availableMemoryBytes)} of them unused now` };
  if (needs.ramBytes > room.totalMemoryBytes * comfortableMemoryShare) return { fit: "tight", reason: memory };
  if (needs.diskBytes > room.freeDiskBytes * comfortableDiskShare) return { fit: "tight", reason: disk };
  return { fit: "fits", reason: memory };
}

function formatGigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
