import { readdir, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";

interface ParkedFile {
  path: string;
  sizeBytes: number;
  writtenAtMs: number;
}

/**
 * Deletes parked KV caches, the oldest first, until all folders together hold no more than `maxBytes`. Each model bounds its own folder
 * while it is in memory; what it left there with other settings, or before it was removed, nobody opens again. `inUse`: folders that
 * running workers keep themselves.
 */
export async function trimParkedStates(
  folderPath: string,
  maxBytes: number,
  inUse: ReadonlySet<string>,
): Promise<void> {
  const files: ParkedFile[] = [];
  let totalBytes = 0;
  for (const folder of await readdir(folderPath).catch(() => [])) {
    for (const name of await readdir(join(folderPath, folder)).catch(() => [])) {
      const path = join(folderPath, folder, name);
      const facts = await stat(path).catch(() => undefined);
      if (facts === undefined) continue;
      totalBytes += facts.size;
      // A card without its state is removed when the folder is opened, and counts for nothing.
      if (!inUse.has(folder)) files.push({ path, sizeBytes: facts.size, writtenAtMs: facts.mtimeMs });
    }
  }
  files.sort((a, b) => a.writtenAtMs - b.writtenAtMs);
  for (const { path, sizeBytes } of files) {
    if (totalBytes <= maxBytes) break;
    await rm(path, { force: true });
    totalBytes -= sizeBytes;
  }
  // Folders of which nothing is left; the others refuse to go.
  for (const folder of await readdir(folderPath).catch(() => []))
    if (!inUse.has(folder)) await rmdir(join(folderPath, folder)).catch(() => {});
}
