import { freemem } from "node:os";

/** Bytes of memory that can be had without swapping, a container's limit counted. */
export function availableMemoryBytes(): number {
  // Since Node 20.13; it knows control groups, and what the system's file cache would give back.
  return typeof process.availableMemory === "function" ? process.availableMemory() : freemem();
}
