import { type FileHandle, open } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { HubFaultAction } from "./hubFaults.js";

/** A file that is too large to hold in memory. */
export interface FileOnDisk {
  path: string;
  sizeBytes: number;
  sha256: string;
}

export type FileContent = Uint8Array | FileOnDisk;

export interface SendOptions {
  fault: HubFaultAction | undefined;
  bytesPerSecond: number | undefined;
  onSent: (bytes: number) => void;
  /** Waits until so many bytes more may leave. */
  pace: (bytes: number) => Promise<void>;
}

const pieceBytes = 64 * 1024;
const diskPieceBytes = 512 * 1024;

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
  const headers: Record<string, string | number> = { "accept-ranges": "bytes" };
  if (range !== null) headers["content-range"] = `bytes ${start}-${end - 1}/${sizeBytes}`;
  const unsized = fault?.type === "endless" || (fault?.type === "ignoreRange" && fault.withLength === false);
  if (!unsized) headers["content-length"] = end - start + (fault?.type === "lyingLength" ? fault.addBytes : 0);
  if (fault?.type === "encoded") headers["content-encoding"] = fault.encoding;
  response.writeHead(range === null ? 200 : 206, headers);
  send(response, options).catch(() => response.destroy());

  async function send(to: ServerResponse, { bytesPerSecond, pace }: SendOptions): Promise<void> {
    const file = content instanceof Uint8Array ? undefined : await open(content.path, "r");
    try {
      await sendFrom(file, to, bytesPerSecond, pace);
    } finally {
      await file?.close();
    }
  }

  async function sendFrom(
    file: FileHandle | undefined,
    to: ServerResponse,
    bytesPerSecond: number | undefined,
    pace: SendOptions["pace"],
  ): Promise<void> {
    const length = end - start;
    const usual = file === undefined ? pieceBytes : diskPieceBytes;
    const stopAfter = fault?.type === "cut" || fault?.type === "stall" ? fault.afterBytes : Number.POSITIVE_INFINITY;
    const startedMs = Date.now();
    let sent = 0;
    for (let offset = 0; offset < length || fault?.type === "endless"; ) {
      if (to.destroyed) return;
      const step = fault?.type === "trickle" ? 1 : usual;
      const from = start + (offset % length);
      const piece = await bytesAt(file, from, Math.min(from + Math.min(step, stopAfter - sent), end));
      await pace(piece.length);
      if (to.destroyed) return;
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

  async function bytesAt(file: FileHandle | undefined, from: number, to: number): Promise<Uint8Array> {
    let bytes: Uint8Array;
    if (content instanceof Uint8Array) bytes = content.subarray(from, to);
    else {
      bytes = new Uint8Array(to - from);
      await file?.read(bytes, 0, bytes.length, from);
    }
    if (fault?.type === "flipByte" && fault.offset >= from && fault.offset < to) {
      // A copy: slices of Buffers share their memory.
      bytes = new Uint8Array(bytes);
      bytes[fault.offset - from] = (bytes[fault.offset - from] ?? 0) ^ 1;
    }
    return bytes;
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
