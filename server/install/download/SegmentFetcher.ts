import { AppError } from "../../platform/AppError.js";
import { isTransientStatus, retryAfterMs, TransientError } from "../../platform/retry.js";
import type { HttpClient, HttpResponse } from "./HttpClient.js";
import { networkError } from "./networkError.js";
import type { ByteRange } from "./RangeSet.js";
import { refuseEncoding } from "./readBody.js";
import { StallGuard } from "./StallGuard.js";

/** How long the address that the hub redirected to is used again before the hub is asked anew. */
const contentUrlLifetimeMs = 5 * 60_000;

/** What the server says of the file, seen in an answer. */
export interface FileFacts {
  etag: string | undefined;
  /** `undefined`: it does not say. */
  sizeBytes: number | undefined;
  /** False: it answered a range's request with the whole file. */
  ranged: boolean;
}

export interface SegmentRequest {
  range: ByteRange;
  /** The version that the range must belong to; another one is answered as a whole. */
  etag: string | undefined;
  signal: AbortSignal;
}

/** An answer whose bytes begin at `start`; they come with {@link readSegment}. */
export interface SegmentAnswer {
  answer: HttpResponse;
  start: number;
  facts: FileFacts;
}

/** Requests ranges of one file, by way of the hub's redirect, which is remembered for a while. */
export class SegmentFetcher {
  readonly #http: HttpClient;
  readonly #url: URL;
  readonly #errorFor: (answer: HttpResponse) => AppError;
  #contentUrl: { url: URL; untilMs: number } | undefined;

  constructor(http: HttpClient, url: URL, errorFor: (answer: HttpResponse) => AppError) {
    this.#http = http;
    this.#url = url;
    this.#errorFor = errorFor;
  }

  /** Throws transient errors for what may pass, `errorFor`'s for the rest, and `download_corrupt` for ranges that are not those asked for. */
  async request({ range, etag, signal }: SegmentRequest): Promise<SegmentAnswer> {
    const now = performance.now();
    const remembered =
      this.#contentUrl !== undefined && this.#contentUrl.untilMs > now ? this.#contentUrl.url : undefined;
    let answer: HttpResponse;
    try {
      answer = await this.#http.get({
        url: remembered ?? this.#url,
        headers: {
          range: `bytes=${range.start}-${range.end - 1}`,
          // A weak etag does not promise the same bytes (RFC 9110, 13.1.5).
          ...(etag === undefined || etag.startsWith("W/") ? {} : { "if-range": etag }),
        },
        signal,
      });
    } catch (error) {
      this.#contentUrl = undefined;
      throw networkError(error, (remembered ?? this.#url).host);
    }
    try {
      const segment = this.#check(answer, range, remembered !== undefined);
      if (remembered === undefined && answer.url.href !== this.#url.href)
        this.#contentUrl = { url: answer.url, untilMs: now + contentUrlLifetimeMs };
      return segment;
    } catch (error) {
      this.#contentUrl = undefined;
      answer.body.destroy();
      throw error;
    }
  }

  #check(answer: HttpResponse, range: ByteRange, remembered: boolean): SegmentAnswer {
    const { status, headers } = answer;
    refuseEncoding(answer);
    if (status === 206) {
      const [, start, end, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers["content-range"] ?? "") ?? [];
      if (Number(start) !== range.start || Number(end) < range.start || Number(end) >= range.end)
        throw new TransientError(
          new AppError("download_corrupt", `${answer.url.host} sends other bytes than those asked for.`, {
            hint: "A proxy on the way may do that: try another network, or another source.",
          }),
        );
      const sizeBytes = total === undefined || total === "*" ? undefined : Number(total);
      return { answer, start: range.start, facts: { etag: headers.etag, sizeBytes, ranged: true } };
    }
    if (status === 200) {
      const length = headers["content-length"];
      const sizeBytes = length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
      return { answer, start: 0, facts: { etag: headers.etag, sizeBytes, ranged: false } };
    }
    // The file ends before the range begins: it is empty, or another one than it was.
    const total = /^bytes \*\/(\d+)$/.exec(headers["content-range"] ?? "")?.[1];
    if (status === 416 && total !== undefined)
      return { answer, start: range.start, facts: { etag: undefined, sizeBytes: Number(total), ranged: true } };
    const error = this.#errorFor(answer);
    // A signed address runs out: the hub gives a new one.
    if (isTransientStatus(status) || (remembered && status >= 400))
      throw new TransientError(error, retryAfterMs(headers));
    throw error;
  }
}

/**
 * Hands every piece of an answer's body to `write`, in order, at most `maxBytes` of them. Throws a transient error when the body ends early
 * or stalls, `download_corrupt` when more comes than was announced.
 */
export async function readSegment(
  { answer }: SegmentAnswer,
  maxBytes: number,
  stallWindowMs: number,
  write: (bytes: Buffer) => Promise<void>,
): Promise<number> {
  const guard = new StallGuard(answer, stallWindowMs);
  let receivedBytes = 0;
  try {
    for await (const chunk of answer.body) {
      const bytes = chunk as Buffer;
      guard.received(bytes.length);
      if (receivedBytes + bytes.length > maxBytes)
        throw new AppError("download_corrupt", `${answer.url.host} sends more bytes than the file has.`, {
          hint: "Start again. If it happens again, choose another source.",
        });
      await write(bytes);
      receivedBytes += bytes.length;
    }
  } catch (error) {
    throw networkError(guard.error ?? error, answer.url.host);
  } finally {
    guard.stop();
    answer.body.destroy();
  }
  return receivedBytes;
}
