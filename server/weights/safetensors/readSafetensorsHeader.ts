import { AppError } from "../../platform/AppError.js";
import type { GgmlTypeName } from "../ggmlTypes.js";
import type { RandomBytes } from "../RandomBytes.js";
import { recognizeForeignFile } from "../recognizeForeign.js";

/** The reference implementation allows 100 MB; the largest headers in the wild have about 5 MB. */
const headerBytesMax = 32 * 2 ** 20;
const dimensionsMax = 8;

/** Bytes per value of every type that a file may have; those without a `name` cannot be converted. */
const types: ReadonlyMap<string, { readonly name?: GgmlTypeName; readonly bytes: number }> = new Map([
  ["F64", { name: "F64", bytes: 8 }],
  ["F32", { name: "F32", bytes: 4 }],
  ["F16", { name: "F16", bytes: 2 }],
  ["BF16", { name: "BF16", bytes: 2 }],
  ["I64", { name: "I64", bytes: 8 }],
  ["I32", { name: "I32", bytes: 4 }],
  ["I16", { name: "I16", bytes: 2 }],
  ["I8", { name: "I8", bytes: 1 }],
  ["U8", { bytes: 1 }],
  ["BOOL", { bytes: 1 }],
  ["U16", { bytes: 2 }],
  ["U32", { bytes: 4 }],
  ["U64", { bytes: 8 }],
  ["F8_E4M3", { bytes: 1 }],
  ["F8_E5M2", { bytes: 1 }],
]);

export interface SafetensorsEntry {
  readonly name: string;
  readonly type: GgmlTypeName;
  /** Row-major. */
  readonly shape: readonly number[];
  /** From the file's start. */
  readonly offset: number;
  readonly sizeBytes: number;
}

/**
 * Reads and checks the header: 8 bytes with its length, then that many bytes of JSON, then the tensors' bytes, which
 * must cover the rest of the file without holes and overlaps. Throws `safetensors_invalid`, and `checkpoint_invalid` for
 * types that hold no plain weights.
 * Format: https://github.com/huggingface/safetensors#format
 */
export async function readSafetensorsHeader(file: RandomBytes): Promise<Map<string, SafetensorsEntry>> {
  const fail = (problem: string, hint?: string): never => {
    throw new AppError("safetensors_invalid", `"${file.name}" is not a valid safetensors file: ${problem}.`, {
      hint: hint ?? "The file is damaged or was cut off: download it again and compare its checksum.",
    });
  };
  if (file.sizeBytes < 10) fail("it is empty or cut off");
  const prefix = await file.read(0, 8);
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true));
  if (length > headerBytesMax) {
    const foreign = await recognizeForeignFile(file);
    fail(
      foreign === undefined
        ? `it says that its header has ${length} bytes; at most ${headerBytesMax} are allowed`
        : `it is ${foreign.what}`,
      foreign?.hint,
    );
  }
  if (8 + length > file.sizeBytes)
    fail(`its header ends at byte ${8 + length}, but the file has only ${file.sizeBytes}`);
  const header = parseHeader(await file.read(8, length), fail);

  const dataOffset = 8 + length;
  const entries: SafetensorsEntry[] = [];
  for (const [name, value] of Object.entries(header))
    if (name !== "__metadata__") entries.push(readEntry(name, value, dataOffset, file.name, fail));
  checkCover(entries, dataOffset, file.sizeBytes, fail);
  return new Map(entries.map((entry) => [entry.name, entry]));
}

type Fail = (problem: string, hint?: string) => never;

function parseHeader(bytes: Uint8Array, fail: Fail): object {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return fail("its header is not valid JSON");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header))
    return fail("its header is not an object");
  return header;
}

function readEntry(name: string, value: unknown, dataOffset: number, fileName: string, fail: Fail): SafetensorsEntry {
  if (typeof value !== "object" || value === null) return fail(`the entry of "${name}" is not an object`);
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  const type = typeof dtype === "string" ? types.get(dtype) : undefined;
  if (type === undefined)
    return fail(
      dtype === undefined
        ? `the tensor "${name}" has no type`
        : `the tensor "${name}" has the unknown type ${JSON.stringify(dtype).slice(0, 40)}`,
    );
  if (!isCounts(shape) || shape.length > dimensionsMax) return fail(`the tensor "${name}" has no valid shape`);
  if (!isCounts(offsets) || offsets.length !== 2) return fail(`the tensor "${name}" has no valid offsets`);
  const [begin = 0, end = 0] = offsets;
  const sizeBytes = shape.reduce((product, dimension) => product * dimension, type.bytes);
  if (end - begin !== sizeBytes)
    return fail(`the tensor "${name}" has ${end - begin} bytes instead of the ${sizeBytes} of its shape`);
  if (type.name === undefined)
    throw new AppError(
      "checkpoint_invalid",
      `The tensor "${name}" in "${fileName}" holds values of the type ${dtype}.`,
      {
        hint: "Quantized weights cannot be converted: look for the model's F16 or BF16 weights, or for a GGUF file of it.",
      },
    );
  return { name, type: type.name, shape, offset: dataOffset + begin, sizeBytes };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function checkCover(entries: readonly SafetensorsEntry[], dataOffset: number, sizeBytes: number, fail: Fail): void {
  let position = dataOffset;
  for (const entry of entries.toSorted((a, b) => a.offset - b.offset || a.sizeBytes - b.sizeBytes)) {
    if (entry.offset !== position)
      fail(
        `the tensor "${entry.name}" starts at byte ${entry.offset} instead of ${position}, so tensors overlap or leave holes`,
      );
    position += entry.sizeBytes;
  }
  if (position > sizeBytes)
    fail(
      `its tensors end at byte ${position}, but the file has only ${sizeBytes}`,
      "The download was cut off: download the file again.",
    );
  if (position < sizeBytes) fail(`it has ${sizeBytes - position} bytes after its last tensor`);
}
