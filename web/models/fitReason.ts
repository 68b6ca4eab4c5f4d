import type { Fit } from "../../server/protocol/install.js";
import { formatBytes } from "../ui/formatBytes.js";
import { messages } from "../ui/messages.js";

/** Why a model fits or does not, with the numbers. */
export function fitReason({ limit }: Fit): string {
  const words = messages.install;
  const needed = formatBytes(limit.neededBytes);
  const present = formatBytes(limit.presentBytes);
  if (limit.of === "disk") return words.needsDisk(needed, present);
  if (limit.unusedBytes === undefined) return words.needsMemory(needed, present);
  return words.needsUnusedMemory(needed, present, formatBytes(limit.unusedBytes));
}
