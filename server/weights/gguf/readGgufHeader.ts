import { openFileBytes, type RandomBytes } from "../RandomBytes.js";
import { recognizeForeignFile } from "../recognizeForeign.js";
import { GgufCursor } from "./GgufCursor.js";
import type { GgufMetadata } from "./GgufValue.js";
import { readGgufMetadata } from "./readGgufMetadata.js";
import { type GgufTensorInfo, type RelativeTensorInfo, readGgufTensorInfos } from "./readGgufTensorInfos.js";

/** The largest headers in the wild (262,144 tokens, 500,000 merges) have about 16 MiB. */
const headerBytesMax = 24 * 2 ** 20;
/** A real header has about 50 entries. */
const metadataCountMax = 16_384;
/** The largest mixture-of-experts models have a few thousand tensors. */
const tensorCountMax = 65_536;
const alignmentMax = 2 ** 20;
export const defaultAlignment = 32;

export interface GgufHeader {
  readonly version: 2 | 3;
  /** Tensors start at multiples of this many bytes from `dataOffset`. */
  readonly alignment: number;
  readonly metadata: GgufMetadata;
  /** In the order of the file. */
  readonly tensors: ReadonlyMap<string, GgufTensorInfo>;
  /** Where the tensors' bytes begin, from the file's start. */
  readonly dataOffset: number;
  readonly fileSizeBytes: number;
}

/**
 * Reads and checks a GGUF header (versions 2 and 3, little-endian) without touching the tensors' bytes. It refuses
 * whatever llama.cpp would refuse, abort on or hang on: lying counts and lengths, tensors past the file's end or on top
 * of each other, zero dimensions, overflowing products, odd alignments, duplicates. Cheap on hostile files too: no
 * length is trusted before it was compared with the bytes that are left.
 *
 * Throws `gguf_invalid`; `weights_unreadable` when the file cannot be read.
 * Layout: ggml's docs/gguf.md; the checks follow `gguf_init_from_reader` in `ggml/src/gguf.cpp`.
 */
export async function readGgufHeader(source: string | RandomBytes): Promise<GgufHeader> {
  if (typeof source !== "string") return parse(source);
  const file = await openFileBytes(source);
  try {
    return await parse(file);
  } finally {
    await file.close();
  }
}

async function parse(source: RandomBytes): Promise<GgufHeader> {
  const cursor = new GgufCursor(source, headerBytesMax);
  if (source.sizeBytes < 4) cursor.fail("it is empty or cut off");
  await cursor.need(4, "its magic bytes");
  await checkMagic(cursor, source);
  await cursor.need(20, "its header");
  const version = readVersion(cursor);
  const tensorCount = cursor.uint64();
  const metadataCount = cursor.uint64();
  if (tensorCount > tensorCountMax)
    cursor.fail(`it says it has ${tensorCount} tensors; at most ${tensorCountMax} are allowed`);
  if (metadataCount > metadataCountMax)
    cursor.fail(`it says it has ${metadataCount} metadata entries; at most ${metadataCountMax} are allowed`);

  const metadata = await readGgufMetadata(cursor, metadataCount);
  const alignment = readAlignment(cursor, metadata);
  const infos = await readGgufTensorInfos(cursor, tensorCount);
  const dataOffset = infos.length === 0 ? cursor.position : alignUp(cursor.position, alignment);
  const tensors = placeTensors(cursor, infos, dataOffset, alignment, source.sizeBytes);
  return { version, alignment, metadata, tensors, dataOffset, fileSizeBytes: source.sizeBytes };
}

async function checkMagic(cursor: GgufCursor, source: RandomBytes): Promise<void> {
  const magic = new TextDecoder("latin1").decode(cursor.view(4));
  if (magic === "GGUF") return;
  // The older formats' magics are 32-bit integers, so that their letters stand backwards in the file.
  const legacy: Record<string, string> = { lmgg: "ggml", fmgg: "ggmf", tjgg: "ggjt" };
  const format = legacy[magic];
  if (format !== undefined)
    cursor.fail(`it is a file of the older format "${format}"`, "Convert it: `cria convert <file> <out.gguf>`.");
  const foreign = await recognizeForeignFile(source);
  cursor.fail(
    foreign === undefined ? "it does not begin with the letters GGUF" : `it is ${foreign.what}`,
    foreign?.hint ?? "It is a file of something else, or damaged: download it again.",
  );
}

function readVersion(cursor: GgufCursor): 2 | 3 {
  const version = cursor.uint32();
  if (version === 2 || version === 3) return version;
  if (version === 1)
    cursor.fail(
      "it has version 1 of the format, which llama.cpp no longer reads",
      "Look for a newer file of the model.",
    );
  if ((version & 0xffff) === 0)
    cursor.fail("it is written for big-endian machines", "Look for the usual, little-endian file of the model.");
  cursor.fail(`it has version ${version} of the format; versions 2 and 3 are known`);
}

function readAlignment(cursor: GgufCursor, metadata: GgufMetadata): number {
  const entry = metadata.get("general.alignment");
  if (entry === undefined) return defaultAlignment;
  if (entry.type !== "uint32") cursor.fail(`"general.alignment" has the type ${entry.type} instead of uint32`);
  const alignment = entry.value;
  if (alignment < 1 || alignment > alignmentMax || (alignment & (alignment - 1)) !== 0)
    cursor.fail(`"general.alignment" is ${alignment}, not a power of two up to ${alignmentMax}`);
  return alignment;
}

/** Like llama.cpp, wants the tensors one after the other in the header's order, each padded to the alignment. */
function placeTensors(
  cursor: GgufCursor,
  infos: readonly RelativeTensorInfo[],
  dataOffset: number,
  alignment: number,
  fileSizeBytes: number,
): Map<string, GgufTensorInfo> {
  const tensors = new Map<string, GgufTensorInfo>();
  let expected = 0;
  for (const { name, type, shape, sizeBytes, relativeOffset } of infos) {
    if (relativeOffset !== expected)
      cursor.fail(`the tensor "${name}" starts at ${relativeOffset} instead of ${expected} in the data`);
    const offset = dataOffset + relativeOffset;
    if (offset + sizeBytes > fileSizeBytes)
      cursor.fail(
        `the tensor "${name}" ends at byte ${offset + sizeBytes}, but the file has only ${fileSizeBytes} bytes`,
        "The download was cut off: download the file again.",
      );
    tensors.set(name, { name, type, shape, offset, sizeBytes });
    expected = alignUp(relativeOffset + sizeBytes, alignment);
  }
  return tensors;
}

/** `bytes` rounded up to a multiple of `alignment`. */
export function alignUp(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
