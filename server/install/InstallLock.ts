import { randomUUID } from "node:crypto";
import { readFile, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { lock } from "proper-lockfile";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { AppError } from "../platform/AppError.js";
import { makeFolder } from "../platform/makeFolder.js";

const refreshMs = 10_000;
/** An owner who did not refresh its claim for so long may be gone, though its process id belongs to somebody; or the clock was set. */
const staleMs = 60_000;
/** Whoever is there refreshes its claim within this time, whatever the clock says. */
const watchedMs = 1.5 * refreshMs;
/** The guard is held for a few file operations; one that is older was left by a process that was killed just then. */
const guardStaleMs = 4000;

const claimSchema = z.object({ pid: z.int().min(1), host: z.string(), nonce: z.string() });
type Claim = z.infer<typeof claimSchema>;

/**
 * Holds a model's folder for one process on this machine or on others that share the disk. The claim of a process that was killed on
 * this machine is taken over at once; one that looks old by the clock, which may have been set or stood still while the machine slept,
 * only after it was watched for `watchMs` and nobody refreshed it. Throws `install_busy`.
 */
export async function lockModel(modelFolder: string, waitMs = 3000, watchMs = watchedMs): Promise<() => Promise<void>> {
  const folder = dirname(modelFolder);
  await makeFolder(folder);
  const claimPath = join(folder, `.${basename(modelFolder)}.owner`);
  const guardPath = join(folder, `.${basename(modelFolder)}.lock`);
  const mine: Claim = { pid: process.pid, host: hostname(), nonce: randomUUID() };
  const startMs = performance.now();
  /** What is doubted, and since when. */
  let watched: { refreshedMs: number; sinceMs: number } | undefined;
  for (;;) {
    const claimed = await withGuard(folder, guardPath, async () => {
      const { state, refreshedMs } = await examineClaim(claimPath);
      if (state !== "doubtful") watched = undefined;
      else if (watched?.refreshedMs !== refreshedMs) watched = { refreshedMs, sinceMs: performance.now() };
      const isGone = watched !== undefined && performance.now() - watched.sinceMs >= watchMs;
      if (state !== "free" && !isGone) return false;
      await writeFileAtomic(claimPath, JSON.stringify(mine));
      return true;
    });
    if (claimed) break;
    if (watched === undefined && performance.now() - startMs >= waitMs) throw busy();
    await wait(50);
  }
  const refresh = setInterval(() => {
    const now = new Date();
    utimes(claimPath, now, now).catch(() => undefined);
  }, refreshMs);
  refresh.unref();
  return async () => {
    clearInterval(refresh);
    await withGuard(folder, guardPath, async () => {
      if ((await readClaim(claimPath))?.nonce === mine.nonce) await rm(claimPath, { force: true });
    });
  };
}

/** Runs `action` while no other process is in one with the same guard. */
async function withGuard<T>(folder: string, guardPath: string, action: () => Promise<T>): Promise<T> {
  const release = await lock(folder, {
    lockfilePath: guardPath,
    realpath: false,
    stale: guardStaleMs,
    update: guardStaleMs / 4,
    retries: { retries: 400, factor: 1, minTimeout: 20, maxTimeout: 40, randomize: true },
    // Somebody thought this process dead: what it guards is over within moments, and a claim that is read is read whole.
    onCompromised: () => undefined,
  }).catch((error: unknown) => {
    throw error instanceof Error && "code" in error && error.code === "ELOCKED" ? busy() : error;
  });
  try {
    return await action();
  } finally {
    await release().catch(() => undefined);
  }
}

/** Whether a claim is somebody's; `refreshedMs` is when it was refreshed last, by the clock of the disk. */
async function examineClaim(claimPath: string): Promise<{ state: "free" | "held" | "doubtful"; refreshedMs: number }> {
  const claim = await readClaim(claimPath);
  const refreshedMs = await stat(claimPath).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  if (claim === undefined || (claim.host === hostname() && !isRunning(claim.pid)))
    return { state: "free", refreshedMs };
  return { state: Math.abs(Date.now() - refreshedMs) < staleMs ? "held" : "doubtful", refreshedMs };
}

async function readClaim(path: string): Promise<Claim | undefined> {
  try {
    return claimSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
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

function busy(): AppError {
  return new AppError("install_busy", "This model is being installed or removed by another process.", {
    hint: "Wait until it has finished, or stop it first.",
  });
}
