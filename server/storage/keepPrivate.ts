import { chmodSync, statSync } from "node:fs";

/** What is only for whoever runs Cria, and what others may do in a home that was given to a group: look for models. */
export const forbidden = { file: 0o077, ownFolder: 0o077, home: 0o027 } as const;

/**
 * Takes rights that nobody but the owner should have from a file or folder that is there; an earlier version, or a copy, may have left
 * them. Nothing happens where it is somebody else's, or on Windows, which has no such rights. The file is not opened: to close it again
 * would give up SQLite's locks (sqlite.org/howtocorrupt.html, 2.2).
 */
export function keepPrivate(path: string, rights: number): void {
  if (process.platform === "win32") return;
  try {
    const mode = statSync(path).mode & 0o7777;
    if ((mode & rights) !== 0) chmodSync(path, mode & ~rights);
  } catch {
    // It is not there, or not ours to change.
  }
}
