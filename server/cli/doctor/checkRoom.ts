import { statSync } from "node:fs";
import { dirname } from "node:path";
import { formatBytes } from "../../install/formatBytes.js";
import { measureRoom } from "../../install/measureRoom.js";
import type { MachineRoom } from "../../models/assessFit.js";
import { type Finding, ok, problem, warning } from "./Finding.js";

/** What the smallest useful model takes: 1.1B parameters in 4 bits, its cache, and the program. */
const littleMemoryBytes = 1.5e9;
/** A 7B model in 4 bits has 4.1 GB; its install needs some more. */
const littleDiskBytes = 5e9;
/** Chats and their log cannot grow below this. */
const noDiskBytes = 100e6;

/** Memory and disk as the installer counts them. `modelsPath` need not be there yet. */
export async function checkRoom(modelsPath: string): Promise<Finding[]> {
  return describeRoom(await measureRoom(existingParent(modelsPath)));
}

export function describeRoom({ availableMemoryBytes, totalMemoryBytes, freeDiskBytes }: MachineRoom): Finding[] {
  const memory = `${formatBytes(availableMemoryBytes)} of ${formatBytes(totalMemoryBytes)} are free`;
  const disk = `${formatBytes(freeDiskBytes)} are free`;
  return [
    availableMemoryBytes >= littleMemoryBytes
      ? ok("memory", memory)
      : warning("memory", memory, "Close other programs or choose a small model: cria install lists what fits."),
    freeDiskBytes >= littleDiskBytes
      ? ok("disk", disk)
      : freeDiskBytes >= noDiskBytes
        ? warning(
            "disk",
            disk,
            "A 7B model takes about 4.1 GB. Make room, or put the home elsewhere with --home or CRIA_HOME.",
          )
        : problem(
            "disk",
            disk,
            "Chats cannot be stored: make room, or put the home elsewhere with --home or CRIA_HOME.",
          ),
  ];
}

/** The path itself, or the nearest folder above it that is there. */
export function existingParent(path: string): string {
  let folder = path;
  while (!isFolder(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
