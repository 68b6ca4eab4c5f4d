import { stat } from "node:fs/promises";
import { AppError } from "../../platform/AppError.js";

/** Throws `bad_request` when the file is there and `force` is not set, or is a folder. */
export async function refuseToOverwrite(path: string, force: boolean): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true)
    throw new AppError("bad_request", `${path} is a folder.`, {
      hint: "Give the name of the file that is to be made, as model.gguf.",
    });
  if (found !== undefined && !force)
    throw new AppError("bad_request", `${path} exists already.`, {
      hint: "Give another name, or --force to overwrite it.",
    });
}
