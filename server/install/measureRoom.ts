import type { MachineRoom } from "../models/assessFit.js";
import { availableMemoryBytes, totalMemoryBytes } from "../platform/availableMemory.js";
import { makeFolder } from "../platform/makeFolder.js";
import { freeDiskBytes } from "./download/diskError.js";

/** Memory and disk of this machine now; a container's limits count. */
export async function measureRoom(modelsPath: string): Promise<MachineRoom> {
  await makeFolder(modelsPath);
  return {
    availableMemoryBytes: availableMemoryBytes(),
    totalMemoryBytes: totalMemoryBytes(),
    freeDiskBytes: await freeDiskBytes(modelsPath),
  };
}
