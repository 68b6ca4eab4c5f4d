import { freemem, totalmem } from "node:os";

/** Bytes of memory that can be had without swapping, a container's limit counted. */
export function availableMemoryBytes(): number {
  // Since Node 20.13; it knows control groups, and what the system's file cache would give back.
  return typeof process.availableMemory === "function" ? process.availableMemory() : freemem();
}

/** Bytes of memory that this process could have at the most: the machine's, or its container's limit. */
export function totalMemoryBytes(): number {
  // 0 or more than there is: no limit. Source: libuv, uv_get_constrained_memory.
  const limitBytes = typeof process.constrainedMemory === "function" ? process.constrainedMemory() : 0;
  return limitBytes > 0 ? Math.min(limitBytes, totalmem()) : totalmem();
}
