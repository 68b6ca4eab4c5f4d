import { access } from "node:fs/promises";
import { AppError } from "../../platform/AppError.js";

/** Throws `bad_request` when the file is there and `force` is not set. */
export async function refuseToOverwrite(path: string, force: boolean): Promise<void> {
  if (force) return;
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (exists)
    throw new AppError("bad_request", `${path} exists already.`, {
      hint: "Give another name, or --force to overwrite it.",
    });
}
