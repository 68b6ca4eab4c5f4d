import type { RandomBytes } from "../RandomBytes.js";
import { GgmlCursor } from "./GgmlCursor.js";

/**
 * The formats before GGUF, in the order of their time (March to August 2023). `ggml` has no version and no token scores,
 * `ggmf` has both, `ggjt` aligns tensors to 32 bytes; its version 2 orders nibbles anew, its version 3 stores scales as F16.
 */
export const ggmlFormats = ["ggml", "ggmf-v1", "ggjt-v1", "ggjt-v2", "ggjt-v3"] as const;
export type GgmlFormat = (typeof ggmlFormats)[number];

/** The letters as they stand in the file: the magics are little-endian integers. */
const magics: Record<string, "ggml" | "ggmf" | "ggjt"> = { lmgg: "ggml", fmgg: "ggmf", tjgg: "ggjt" };

/** Whether a file is of one of the old formats, from its first four bytes. */
export function isGgmlMagic(bytes: Uint8Array): boolean {
  return Object.hasOwn(magics, Buffer.from(bytes.subarray(0, 4)).toString("latin1"));
}

export interface GgmlHyperparameters {
  readonly vocabularySize: number;
  readonly embeddingLength: number;
  readonly headCount: number;
  readonly layerCount: number;
  /** Values per head. */
  readonly rotaryLength: number;
  /** What the file is quantized to: `enum llama_ftype` of its time. */
  readonly fileType: number;
}

export interface GgmlToken {
  /** Mostly UTF-8; byte tokens are the one byte they stand for. */
  readonly bytes: Uint8Array;
  /** `undefined` in unversioned files. */
  readonly score: number | undefined;
}

export interface GgmlHeader {
  readonly format: GgmlFormat;
  readonly hyperparameters: GgmlHyperparameters;
  /** By token id. */
  readonly vocabulary: readonly GgmlToken[];
  /** Where the first tensor's description starts. */
  readonly tensorsOffset: number;
}

/** The largest vocabulary of that time had 250,000 tokens. */
const vocabularySizeMax = 1_000_000;
const tokenBytesMax = 4096;
const embeddingLengthMax = 65_536;
/** LLAMA_MAX_LAYERS */
const layerCountMax = 512;

/**
 * Reads magic, hyper-parameters and vocabulary. Throws `ggml_invalid`, `weights_unreadable`.
 * Layout: llama.cpp's `llama_file_loader` (May 2023) and `convert_llama_ggml_to_gguf.py`.
 */
export async function readGgmlHeader(source: RandomBytes): Promise<GgmlHeader> {
  const cursor = new GgmlCursor(source, 0, 256 * 1024);
  const magic = Buffer.from(await cursor.bytes(4, "its magic bytes")).toString("latin1");
  const kind = Object.hasOwn(magics, magic) ? magics[magic] : undefined;
  if (kind === undefined)
    return cursor.fail(
      "it does not begin with the letters of one of the old formats",
      magic === "GGUF" ? "It is a GGUF file already: install it as it is." : "Is this really a file of weights?",
    );
  const format = kind === "ggml" ? "ggml" : await readVersion(cursor, kind);
  const hyperparameters = await readHyperparameters(cursor);
  const vocabulary: GgmlToken[] = [];
  for (let id = 0; id < hyperparameters.vocabularySize; id += 1) {
    const what = `token ${id} of its vocabulary`;
    const [length = 0] = await cursor.uint32s(1, what);
    if (length > tokenBytesMax) cursor.fail(`${what} is ${length} bytes long; at most ${tokenBytesMax} are allowed`);
    const bytes = await cursor.bytes(length, what);
    const score = format === "ggml" ? undefined : await cursor.float32(what);
    if (Number.isNaN(score)) cursor.fail(`${what} has a score that is no number`);
    vocabulary.push({ bytes, score });
  }
  return { format, hyperparameters, vocabulary, tensorsOffset: cursor.position };
}

async function readVersion(cursor: GgmlCursor, kind: "ggmf" | "ggjt"): Promise<GgmlFormat> {
  const [version] = await cursor.uint32s(1, "its version");
  const format = ggmlFormats.find((name) => name === `${kind}-v${version}`);
  if (format === undefined)
    cursor.fail(`it has version ${version} of the format "${kind}", which was never used for LLaMA models`);
  return format;
}

async function readHyperparameters(cursor: GgmlCursor): Promise<GgmlHyperparameters> {
  const [vocabularySize = 0, embeddingLength = 0, , headCount = 0, layerCount = 0, rotaryLength = 0, fileType = 0] =
    await cursor.uint32s(7, "its hyper-parameters");
  const check = (what: string, value: number, max: number) => {
    if (value < 1 || value > max) cursor.fail(`it says that it has ${value} ${what}, which no model has`);
  };
  check("tokens", vocabularySize, vocabularySizeMax);
  check("values per embedding", embeddingLength, embeddingLengthMax);
  check("heads", headCount, embeddingLength);
  check("layers", layerCount, layerCountMax);
  if (embeddingLength % headCount !== 0 || rotaryLength !== embeddingLength / headCount || rotaryLength % 2 !== 0)
    cursor.fail(
      `its ${embeddingLength} values per embedding, ${headCount} heads and ${rotaryLength} values per head do not fit together`,
    );
  return { vocabularySize, embeddingLength, headCount, layerCount, rotaryLength, fileType };
}
