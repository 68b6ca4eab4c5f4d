import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";

const chunkBytes = 1 << 20;

/** The CRC-32 of a file, for damage and not against malice; other work goes on between the chunks. */
export async function fileChecksum(path: string): Promise<number> {
  const file = await open(path, "r");
  try {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    let checksum = 0;
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunkBytes);
      if (bytesRead === 0) return checksum;
      checksum = crc32(chunk.subarray(0, bytesRead), checksum);
    }
  } finally {
    await file.close();
  }
}
