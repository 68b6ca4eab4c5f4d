import { stat } from "node:fs/promises";
import { LRUCache } from "lru-cache";
import { inspectGguf } from "../weights/gguf/inspectGguf.js";
import { partPaths } from "../weights/gguf/readGgufIndex.js";

/** A model and its draft; a header has 24 MiB at most, and a few hundred kB mostly. */
const rememberedFiles = 3;
/** As long as people move sliders. */
const rememberedMs = 60_000;

type Inspected = ReturnType<typeof inspectGguf>;
const remembered = new LRUCache<string, Inspected>({
  max: rememberedFiles,
  ttl: rememberedMs,
  updateAgeOnGet: true,
  ttlAutopurge: true,
});

/**
 * As {@link inspectGguf}, but a file is read once per version (path, size and time of change of all its parts), and for a while. For
 * plans, which are asked for with every move of a slider; what native code is about to see is inspected anew ([T15]).
 */
export async function inspectForPlan(path: string): Inspected {
  const key = await versionOf(path);
  if (key === undefined) return await inspectGguf(path);
  const known = remembered.get(key);
  if (known !== undefined) return await known;
  const inspected = inspectGguf(path);
  remembered.set(key, inspected);
  // Why it could not be read may pass without a change of the file.
  inspected.catch(() => remembered.delete(key));
  return await inspected;
}

/** Undefined where a part is missing. */
async function versionOf(path: string): Promise<string | undefined> {
  try {
    const parts = await Promise.all(
      partPaths(path).map(async (part) => {
        const { size, mtimeMs, ino } = await stat(part);
        return [part, size, mtimeMs, ino];
      }),
    );
    return JSON.stringify(parts);
  } catch {
    return undefined;
  }
}
