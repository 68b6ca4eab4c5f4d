import { assessFit, type MachineRoom } from "../models/assessFit.js";
import type { Catalog } from "../models/catalog.js";
import { AppError } from "../platform/AppError.js";
import { formatBytes } from "./formatBytes.js";
import type { InstallJob } from "./InstallJob.js";
import type { InstallPlan } from "./planInstall.js";

/** What a model asks for, and what else might be taken instead. */
export interface RoomQuestion {
  job: InstallJob;
  plan: InstallPlan;
  room: MachineRoom;
  catalog: Catalog;
}

/**
 * Refuses, before the first byte is fetched, what this machine has no room for, and names what would fit instead.
 * Throws `disk_full`, `memory_too_small`.
 */
export function checkRoom(question: RoomQuestion): void {
  const { job, plan, room } = question;
  if (plan.neededDiskBytes > room.freeDiskBytes)
    throw new AppError(
      "disk_full",
      `${job.name} needs ${formatBytes(plan.neededDiskBytes)} of disk, but only ${formatBytes(room.freeDiskBytes)} are free.`,
      { hint: `Make room, or choose a folder on another disk with --home.${alternatives(question)}` },
    );
  const fit = assessFit({ ramBytes: job.ramBytes, diskBytes: 0 }, room);
  if (fit.fit === "tooBig")
    throw new AppError("memory_too_small", `${job.name} is too big for this machine: it ${fit.reason}.`, {
      hint: `--force installs it all the same.${alternatives(question)}`,
    });
}

/** Other quantizations of the same model first, then other models, largest first. */
function alternatives({ job, room, catalog }: RoomQuestion): string {
  const suitable = catalog.models.flatMap((model) =>
    model.variants
      .filter(({ ramBytes, sizeBytes }) => assessFit({ ramBytes, diskBytes: sizeBytes * 2 }, room).fit !== "tooBig")
      .map((variant) => ({ model, ...variant })),
  );
  const same = suitable
    .filter(({ model, ramBytes }) => model.id === job.modelId && ramBytes < job.ramBytes)
    .sort((a, b) => b.ramBytes - a.ramBytes)[0];
  const other = suitable
    .filter(({ model, quantization }) => model.id !== job.modelId && quantization === model.defaultQuantization)
    .sort((a, b) => b.ramBytes - a.ramBytes)[0];
  const names = [
    same === undefined
      ? undefined
      : `${same.model.id} as ${same.quantization} (${formatBytes(same.ramBytes)} of memory)`,
    other === undefined ? undefined : `${other.model.id} (${formatBytes(other.ramBytes)})`,
  ].filter((name) => name !== undefined);
  return names.length === 0 ? "" : ` What fits: ${names.join(", or ")}.`;
}
