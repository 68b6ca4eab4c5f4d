import { stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import type { Manifest } from "../models/manifest.js";

/** What became of the file or folder of this disk that a model was installed from. */
export interface Original {
  path: string;
  /** `shared`: the weights are this very file under a second name. `apart`: they have bytes of their own. `gone`: it is no longer there. */
  state: "shared" | "apart" | "gone";
}

/** Undefined for a model that did not come from this disk. */
export async function findOriginal(
  { sources }: Pick<Manifest, "sources">,
  weightsPath: string,
): Promise<Original | undefined> {
  const path = sources[0]?.name;
  if (path === undefined || !isAbsolute(path)) return undefined;
  const [original, weights] = await Promise.all([path, weightsPath].map((one) => stat(one).catch(() => undefined)));
  if (original === undefined) return { path, state: "gone" };
  return { path, state: original.ino === weights?.ino && original.dev === weights.dev ? "shared" : "apart" };
}
