import { chooseByName } from "../../models/chooseByName.js";
import type { UnusableFolder } from "../../models/ModelRegistry.js";
import { AppError } from "../../platform/AppError.js";

/** As {@link chooseByName}, whose errors it throws; of a model that is there and cannot be used it says why. */
export function chooseUsable<Model extends { readonly id: string }>(
  models: readonly Model[],
  unusable: readonly UnusableFolder[],
  name: string,
): Model {
  try {
    return chooseByName(models, name);
  } catch (error) {
    const wanted = name.toLowerCase();
    for (const { id, reason } of unusable)
      if (id !== undefined && [id, id.split(".")[1]].some((known) => known?.toLowerCase() === wanted))
        throw new AppError("model_not_found", unusableMessage(id, reason), {
          hint: unusableHint(id),
          field: "modelId",
        });
    throw error;
  }
}

export function unusableMessage(id: string, reason: string): string {
  return `${id} cannot be used: ${reason}.`;
}

export function unusableHint(id: string): string {
  return `Install it again, or delete what is left of it: cria remove ${id}`;
}
