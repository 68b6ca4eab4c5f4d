import { AppError } from "../../platform/AppError.js";
import { type RetryOptions, retry } from "../../platform/retry.js";
import type { DownloadRequest } from "./Download.js";
import type { HttpClient } from "./HttpClient.js";
import { readSegment, SegmentFetcher } from "./SegmentFetcher.js";

/** Some bytes of a file, or `undefined` when the server answers no ranges. Throws what `downloadFile` throws. */
export async function fetchRange(
  request: Pick<DownloadRequest, "url" | "errorFor" | "sizeBytes">,
  offset: number,
  length: number,
  options: { http: HttpClient; signal: AbortSignal; stallWindowMs?: number; retry?: Partial<RetryOptions> },
): Promise<Uint8Array | undefined> {
  const fetcher = new SegmentFetcher(options.http, request.url, request.errorFor);
  return await retry(
    async () => {
      const range = { start: offset, end: offset + length };
      const segment = await fetcher.request({ range, etag: undefined, signal: options.signal });
      if (!segment.facts.ranged) {
        segment.answer.body.destroy();
        return undefined;
      }
      if (
        segment.facts.sizeBytes !== undefined &&
        segment.facts.sizeBytes !== (request.sizeBytes ?? segment.facts.sizeBytes)
      ) {
        segment.answer.body.destroy();
        throw new AppError(
          "download_corrupt",
          `${segment.answer.url.host} says that the file has ${segment.facts.sizeBytes} bytes, but it should have ${request.sizeBytes}.`,
        );
      }
      const bytes = new Uint8Array(length);
      let done = 0;
      await readSegment(segment, length, options.stallWindowMs ?? 30_000, (piece) => {
        bytes.set(piece, done);
        done += piece.length;
        return Promise.resolve();
      });
      if (done === length) return bytes;
      throw new AppError("download_corrupt", `${segment.answer.url.host} sent ${done} bytes instead of ${length}.`);
    },
    { ...options.retry, signal: options.signal },
  );
}
