import { closeSync, openSync, writeSync } from "node:fs";
import { rm } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";

/** Like what the engine writes at once: of smaller ones the system makes memory that does not serve for those. */
const chunkBytes = 4 << 20;

/**
 * Has the system take memory for a file of so many bytes and give it back, so that whoever writes such a file next finds it at hand. In a
 * virtual machine (WSL and Docker Desktop are some) the host hands memory out when it is first touched, which takes ten times as long as
 * writing: a state of 295 MB took 650 ms in one call without this and 70 to 190 ms with it, where others wait for that call and not for
 * this one. Written on this thread, other work goes on between the chunks: a worker's other thread computes batches, and each chunk would
 * wait for one. `path` names a file that does not exist, and nothing is left of it. Where there is no room, nothing happens.
 */
export async function readyMemory(path: string, sizeBytes: number): Promise<void> {
  const zeros = Buffer.alloc(Math.min(chunkBytes, sizeBytes));
  try {
    const file = openSync(path, "wx", 0o600);
    try {
      for (let leftBytes = sizeBytes; leftBytes > 0; leftBytes -= zeros.length) {
        writeSync(file, zeros, 0, Math.min(zeros.length, leftBytes));
        await setImmediate();
      }
    } finally {
      closeSync(file);
    }
  } catch {
    // A help only.
  }
  await rm(path, { force: true });
}
