import { formatBytes } from "../../install/formatBytes.js";
import { measureRoom } from "../../install/measureRoom.js";
import { verifyModel } from "../../install/verifyModel.js";
import { assessFit, type MachineRoom } from "../../models/assessFit.js";
import type { InstalledModel, ModelRegistry } from "../../models/ModelRegistry.js";
import { AppError } from "../../platform/AppError.js";
import { estimateMemory } from "../../weights/planMemory.js";
import { existingParent } from "./checkRoom.js";
import { type Finding, ok, problem, warning } from "./Finding.js";

/** Every installed model: its checksum, its header, and whether it fits into the memory with that much context. One finding each, as they come. */
export async function* checkModels(
  registry: ModelRegistry,
  modelsPath: string,
  contextTokens: number,
): AsyncGenerator<Finding> {
  const room = await measureRoom(existingParent(modelsPath));
  for (const model of registry.installed()) yield await checkInstalled(model, contextTokens, room);
  for (const { folderPath, id, reason } of registry.unusable)
    yield problem(
      "model",
      `${folderPath} is no usable model: ${reason}.`,
      id === undefined
        ? "Delete the folder if it is not wanted."
        : `Install it again, or delete what is left of it: cria remove ${id}`,
    );
}

async function checkInstalled(model: InstalledModel, contextTokens: number, room: MachineRoom): Promise<Finding> {
  const check = `model ${model.id}`;
  try {
    const { summary } = await verifyModel(model);
    const { totalBytes } = estimateMemory(summary, Math.min(summary.contextTokens, contextTokens), 1);
    const { fit, reason = "" } = assessFit({ ramBytes: totalBytes, diskBytes: 0 }, room);
    return fit === "tooBig"
      ? warning(check, `whole, but it ${reason}.`, "Install it in a smaller quantization, or choose a smaller model.")
      : ok(check, `whole, ${formatBytes(model.sizeBytes)} ${model.quantization ?? ""}`.trim());
  } catch (error) {
    const { message, hint } = AppError.from(error);
    return problem(check, message, hint ?? `Install it again: cria remove ${model.id}, then cria install`);
  }
}
