import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { HubFaultAction } from "./hubFaults.js";

export type FileContent = Uint8Array;

export interface SendOptions {
  fault: HubFaultAction | undefined;
  bytesPerSecond: number | undefined;
  onSent: (bytes: number) => void;
}

const pieceBytes = 64 * 1024;

/** Sends a file, or the range of it that is asked for, as a web server does, or wrong in the way that `fault` says. */
export function sendFile(
  content: FileContent,
  sizeBytes: number,
  request: IncomingMessage,
  response: ServerResponse,
  options: SendOptions,
): void {
  const { fault, onSent } = options;
  const etag = String(response.getHeader("etag"));
  let range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  if (request.headers["if-range"] !== undefined && request.headers["if-range"] !== etag) range = null;
  if (fault?.type === "ignoreRange") range = null;
  let start = range === null ? 0 : Number(range[1]);
  let end = range === null || range[2] === "" ? sizeBytes : Math.min(sizeBytes, Number(range[2]) + 1);
  if (range !== null && start >= end) {
    response.writeHead(416, { "content-range": `bytes */${sizeBytes}` }).end();
    return;
  }
  if (fault?.type === "wrongRange") {
    start += 1;
    end = Math.min(end + 1, sizeBytes);
  }
  let bytes = content.subarray(start, end);
  if (fault?.type === "flipByte" && fault.offset >= start && fault.offset < end) {
    // A copy: slices of Buffers share their memory.
    bytes = new Uint8Array(bytes);
    bytes[fault.offset - start] = (bytes[fault.offset - start] ?? 0) ^ 1;
  }
  const headers: Record<string, string | number> = { "accept-ranges": "bytes" };
  if (range !== null) headers["content-range"] = `bytes ${start}-${end - 1}/${sizeBytes}`;
  const unsized = fault?.type === "endless" || (fault?.type === "ignoreRange" && fault.withLength === false);
  if (!unsized) headers["content-length"] = bytes.length + (fault?.type === "lyingLength" ? fault.addBytes : 0);
  if (fault?.type === "encoded") headers["content-encoding"] = fault.encoding;
  response.writeHead(range === null ? 200 : 206, headers);
  send(bytes, response, options).catch(() => response.destroy());

  async function send(body: Uint8Array, to: ServerResponse, { bytesPerSecond }: SendOptions): Promise<void> {
    const stopAfter = fault?.type === "cut" || fault?.type === "stall" ? fault.afterBytes : Number.POSITIVE_INFINITY;
    const startedMs = Date.now();
    let sent = 0;
    for (let offset = 0; offset < body.length || fault?.type === "endless"; ) {
      if (to.destroyed) return;
      const step = fault?.type === "trickle" ? 1 : pieceBytes;
      const piece = body
        .subarray(offset % body.length, Math.min((offset % body.length) + step, body.length))
        .subarray(0, stopAfter - sent);
      if (piece.length > 0 && !to.write(piece)) await drained(to);
      sent += piece.length;
      offset += piece.length;
      onSent(piece.length);
      if (sent >= stopAfter) {
        if (fault?.type === "cut") {
          // Let what was written leave first.
          await wait(20);
          to.destroy();
        }
        return;
      }
      if (fault?.type === "trickle") await wait(fault.everyMs);
      if (bytesPerSecond !== undefined)
        await wait(Math.max(0, (sent / bytesPerSecond) * 1000 - (Date.now() - startedMs)));
    }
    if (fault?.type === "lyingLength" && fault.addBytes > 0) {
      await wait(20);
      to.destroy();
    } else to.end();
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}
