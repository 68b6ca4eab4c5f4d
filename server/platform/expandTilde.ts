import { userFolder } from "./userFolder.js";

/** A path whose `~` is the user's own folder: shells leave it as it is in quotes, after `--home=` and in files of variables. */
export function expandTilde(path: string): string {
  return path.replace(/^~(?=$|[\\/])/, userFolder());
}
