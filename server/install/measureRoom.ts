import { mkdir } from "node:fs/promises";
import type { MachineRoom } from "../models/assessFit.js";
import { availableMemoryBytes, totalMemoryBytes } from "../platform/availableMemory.js";
import { freeDiskBytes } from "./download/diskError.js";

/** Memory and disk of this machine now; a container's limits count. */
export async function measureRoom(modelsPath: string): Promise<MachineRoom> {
  await mkdir(modelsPath, { recursive: true });
  return {
    availableMemoryBytes: availableMemoryBytes(),
    totalMemoryBytes: totalMemoryBytes(),
    freeDiskBytes: await freeDiskBytes(modelsPath),
  };
}
