import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { makeFolder } from "../platform/makeFolder.js";
import { openLockFile } from "../storage/openDatabase.js";

const lookAgainMs = 500;

/**
 * Waits until no other `cria tune` of this home measures: two at once would take each other's cores, and keep what they found so. The
 * lock goes with the process, however that ends. Where it cannot be had (a full disk), the caller measures without. Returns how to give
 * the turn to the next; throws what `signal` is aborted with.
 */
export async function tuningTurn(homePath: string, signal: AbortSignal, onWait: () => void): Promise<() => void> {
  const folder = join(homePath, "cache");
  for (let waited = false; ; waited = true) {
    let lock: ReturnType<typeof openLockFile>;
    try {
      await makeFolder(folder);
      lock = openLockFile(join(folder, "tuning.lock"));
    } catch {
      return () => {};
    }
    if (lock !== undefined) {
      const held = lock;
      return () => held.close();
    }
    if (!waited) onWait();
    await wait(lookAgainMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
