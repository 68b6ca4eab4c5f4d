import { closeSync, openSync, readSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { crc32 } from "node:zlib";

const chunkBytes = 1 << 20;

/**
 * The CRC-32 of a file, for damage and not against malice. It is read on this thread, other work goes on between the chunks: a worker's
 * other thread computes batches, and each chunk would wait for one.
 */
export async function fileChecksum(path: string): Promise<number> {
  const file = openSync(path, "r");
  try {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    let checksum = 0;
    for (;;) {
      const bytesRead = readSync(file, chunk, 0, chunkBytes, null);
      if (bytesRead === 0) return checksum;
      checksum = crc32(chunk.subarray(0, bytesRead), checksum);
      await setImmediate();
    }
  } finally {
    closeSync(file);
  }
}
