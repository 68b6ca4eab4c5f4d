import { AppError } from "../../platform/AppError.js";
import type { HttpResponse } from "./HttpClient.js";
import { networkError } from "./networkError.js";
import { StallGuard } from "./StallGuard.js";

/** A small answer as a whole, at most `maxBytes`. Throws `hub_failed` when it is larger or compressed; transient network failures. */
export async function readBody(answer: HttpResponse, maxBytes: number, stallWindowMs?: number): Promise<Buffer> {
  const guard = new StallGuard(answer, stallWindowMs);
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    refuseEncoding(answer);
    for await (const chunk of answer.body) {
      const bytes = chunk as Buffer;
      guard.received(bytes.length);
      sizeBytes += bytes.length;
      if (sizeBytes > maxBytes)
        throw new AppError("hub_failed", `${answer.url.host} answers with more than ${maxBytes} bytes.`);
      chunks.push(bytes);
    }
  } catch (error) {
    answer.body.destroy();
    throw networkError(guard.error ?? error, answer.url.host);
  } finally {
    guard.stop();
  }
  return Buffer.concat(chunks, sizeBytes);
}

/** Refuses a compressed answer to a request that asked for none: its true size cannot be known ahead. Throws `download_corrupt`. */
export function refuseEncoding(answer: HttpResponse): void {
  const encoding = answer.headers["content-encoding"];
  if (encoding === undefined || encoding.trim().toLowerCase() === "identity") return;
  throw new AppError("download_corrupt", `${answer.url.host} sends the file compressed, which was not asked for.`, {
    hint: "A proxy on the way may do that: try another network.",
  });
}
