import { join } from "node:path";
import { AppError } from "../platform/AppError.js";
import { modelIdSchema } from "../protocol/model.js";

/** A model's id in its two parts: `llama.7B` is the model `7B` of the family `llama`. Only the first dot parts them. */
export interface ModelIdParts {
  family: string;
  name: string;
}

/** What an unfinished install's folder is called, behind the model's name; no model may be called so. */
export const installingSuffix = ".installing";

// Windows reserves these names whatever follows the first dot.
const reservedName = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
const part = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** The parts of an id, or `undefined` for what cannot be one: both parts become folder names, so they are checked strictly. */
export function splitModelId(id: string): ModelIdParts | undefined {
  if (!modelIdSchema.safeParse(id).success) return undefined;
  const dot = id.indexOf(".");
  if (dot <= 0) return undefined;
  const [family, name] = [id.slice(0, dot), id.slice(dot + 1)];
  for (const text of [family, name])
    if (!part.test(text) || text.endsWith(".") || reservedName.test(text)) return undefined;
  if (name.toLowerCase().endsWith(installingSuffix)) return undefined;
  return { family, name };
}

/** Like {@link splitModelId}, but throws `bad_request` with what an id looks like. */
export function parseModelId(id: string): ModelIdParts {
  const parts = splitModelId(id);
  if (parts !== undefined) return parts;
  throw new AppError("bad_request", `"${id.slice(0, 100)}" is not a model id.`, {
    hint: "An id is a family and a name with a dot between, such as llama.7B: letters, digits, '.', '_' and '-' only.",
    field: "modelId",
  });
}

/** The folder that holds a model's weights and manifest under the folder of all models. Throws `bad_request`. */
export function modelFolder(modelsPath: string, id: string): string {
  const { family, name } = parseModelId(id);
  return join(modelsPath, family, name);
}
