/** What runs in each of QuantizerPool's threads: native code on one block of rows at a time. */
import { parentPort } from "node:worker_threads";
import { rowSizeBytes } from "../ggmlTypes.js";
import { type GgmlNative, isDecodable, isEncodable, loadGgmlNative } from "./ggmlNative.js";
import type { EncodeRequest, QuantizerReply } from "./quantizerMessages.js";

/** Kept from block to block; as large as the largest block so far. */
let values = new Float32Array(0);

function encode(native: GgmlNative, request: EncodeRequest): QuantizerReply {
  const { id, bytes, type, target, rows, columns } = request;
  if (!native.isFinite(type, bytes)) return { kind: "notFinite", id, where: "source" };
  if (target === type) return { kind: "encoded", id, bytes, used: undefined };

  if (!isDecodable(type) || !isEncodable(target)) throw new TypeError(`ggml cannot make ${target} of ${type}`);
  const count = rows * columns;
  let source: Float32Array;
  if (type === "F32" && bytes.byteOffset % 4 === 0) source = new Float32Array(bytes.buffer, bytes.byteOffset, count);
  else {
    if (values.length < count) values = new Float32Array(count);
    native.toF32(type, bytes, values, rows, columns);
    source = values;
  }
  const result = new Uint8Array(rows * rowSizeBytes(target, columns));
  native.fromF32(target, source, result, rows, columns);
  return native.isFinite(target, result)
    ? { kind: "encoded", id, bytes: result, used: bytes.buffer }
    : { kind: "notFinite", id, where: "result" };
}

function reply(message: QuantizerReply): void {
  const moved = message.kind === "encoded" ? [message.bytes.buffer, message.used] : [];
  parentPort?.postMessage(
    message,
    moved.filter((buffer) => buffer !== undefined),
  );
}

let native: GgmlNative | undefined;
try {
  native = loadGgmlNative();
} catch (error) {
  reply({ kind: "failed", id: undefined, error });
}

parentPort?.on("message", (request: EncodeRequest) => {
  if (native === undefined) return;
  try {
    reply(encode(native, request));
  } catch (error) {
    reply({ kind: "failed", id: request.id, error });
  }
});
