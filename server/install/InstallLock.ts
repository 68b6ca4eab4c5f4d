import { mkdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { lock } from "proper-lockfile";
import { z } from "zod";
import { AppError } from "../platform/AppError.js";

/** A lock that nobody refreshed for so long belongs to a process that is gone. */
const staleMs = 20_000;

const ownerSchema = z.object({ pid: z.int().min(1), host: z.string() });

/**
 * Holds a model's folder for one process on this machine or on others that share the disk. The lock of a process that was killed on
 * this machine is taken over at once, others after they went stale. Throws `install_busy`.
 */
export async function lockModel(modelFolder: string, waitMs = 3000): Promise<() => Promise<void>> {
  const folder = dirname(modelFolder);
  await mkdir(folder, { recursive: true });
  const lockfilePath = join(folder, `.${basename(modelFolder)}.lock`);
  const ownerPath = join(folder, `.${basename(modelFolder)}.owner`);
  const deadlineMs = Date.now() + waitMs;
  for (;;) {
    try {
      const release = await lock(folder, { lockfilePath, realpath: false, stale: staleMs, update: staleMs / 4 });
      await writeFile(ownerPath, JSON.stringify({ pid: process.pid, host: hostname() }));
      return async () => {
        await rm(ownerPath, { force: true });
        await release().catch(() => undefined);
      };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ELOCKED")) throw error;
      // Old enough to be stale: the lock's own take-over, which is safe against others that try the same, does the rest.
      if (await ownerIsGone(ownerPath)) await utimes(lockfilePath, 0, 0).catch(() => undefined);
      else if (Date.now() >= deadlineMs) throw busy(error);
      await wait(50);
    }
  }
}

async function ownerIsGone(ownerPath: string): Promise<boolean> {
  try {
    const owner = ownerSchema.parse(JSON.parse(await readFile(ownerPath, "utf8")));
    return owner.host === hostname() && !isRunning(owner.pid);
  } catch {
    // Not written yet, or half: wait for the lock to go stale.
    return false;
  }
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function busy(cause: unknown): AppError {
  return new AppError("install_busy", "This model is being installed or removed by another process.", {
    hint: "Wait until it has finished, or stop it first.",
    cause,
  });
}
