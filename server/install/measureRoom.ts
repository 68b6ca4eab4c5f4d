import { mkdir } from "node:fs/promises";
import { freemem, totalmem } from "node:os";
import type { MachineRoom } from "../models/assessFit.js";
import { freeDiskBytes } from "./download/diskError.js";

/** Memory and disk of this machine now; a container's limits count. */
export async function measureRoom(modelsPath: string): Promise<MachineRoom> {
  await mkdir(modelsPath, { recursive: true });
  const constrained = process.constrainedMemory();
  // A process without a limit reports 0 or an absurdly large number.
  const limited = constrained > 0 && constrained < totalmem();
  const availableMemoryBytes = Math.min(freemem(), process.availableMemory());
  return {
    availableMemoryBytes,
    totalMemoryBytes: limited ? constrained : totalmem(),
    freeDiskBytes: await freeDiskBytes(modelsPath),
  };
}
