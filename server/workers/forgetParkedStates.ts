import { createHash } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** How the files of a conversation's parked KV caches begin: with its id in a form that tells nobody the id. */
export function parkedStatePrefix(conversationId: string): string {
  return `${createHash("sha256").update(conversationId).digest("hex").slice(0, 24)}-`;
}

/** Deletes what is parked of a conversation. `folderPath` has one folder per model and context shape. */
export async function forgetParkedStates(folderPath: string, conversationId: string): Promise<void> {
  const prefix = parkedStatePrefix(conversationId);
  for (const folder of await readdir(folderPath).catch(() => []))
    for (const name of await readdir(join(folderPath, folder)).catch(() => []))
      if (name.startsWith(prefix)) await rm(join(folderPath, folder, name), { force: true });
}
