import koffi from "koffi";
import { AppError } from "../../platform/AppError.js";
import { type GgmlTypeName, ggmlTypes, rowSizeBytes } from "../ggmlTypes.js";
import { findGgmlLibrary } from "./ggmlLibrary.js";

/** The types that {@link GgmlNative.fromF32} can write without an importance matrix. */
const encodableTypes = [
  "F32",
  "F16",
  "BF16",
  "Q8_0",
  "Q4_0",
  "Q4_1",
  "Q5_0",
  "Q5_1",
  "Q2_K",
  "Q3_K",
  "Q4_K",
  "Q5_K",
  "Q6_K",
] as const satisfies readonly GgmlTypeName[];
export type EncodableType = (typeof encodableTypes)[number];

/** The types that {@link GgmlNative.toF32} can read. */
const decodableTypes = [
  ...encodableTypes,
  "IQ1_S",
  "IQ1_M",
  "IQ2_XXS",
  "IQ2_XS",
  "IQ2_S",
  "IQ3_XXS",
  "IQ3_S",
  "IQ4_NL",
  "IQ4_XS",
  "TQ1_0",
  "TQ2_0",
  "MXFP4",
] as const satisfies readonly GgmlTypeName[];
export type DecodableType = (typeof decodableTypes)[number];

const encodable: ReadonlySet<string> = new Set(encodableTypes);
const decodable: ReadonlySet<string> = new Set(decodableTypes);

export function isEncodable(type: GgmlTypeName): type is EncodableType {
  return encodable.has(type);
}

export function isDecodable(type: GgmlTypeName): type is DecodableType {
  return decodable.has(type);
}

/**
 * ggml's own conversions. Rows are row-major and little-endian; a row of `columns` values has
 * `rowSizeBytes(type, columns)` bytes. The functions run synchronously on the calling thread and keep nothing.
 */
export interface GgmlNative {
  readonly libraryPath: string;
  /** Writes `rows * columns` floats as `type`: byte for byte what llama_model_quantize writes. */
  fromF32(type: EncodableType, values: Float32Array, target: Uint8Array, rows: number, columns: number): void;
  /** Reads `rows * columns` values of `type` into floats. */
  toF32(type: DecodableType, bytes: Uint8Array, target: Float32Array, rows: number, columns: number): void;
  /** False when a value or a block's scale is NaN or infinite (ggml_validate_row_data). */
  isFinite(type: GgmlTypeName, bytes: Uint8Array): boolean;
}

type Convert = (source: Uint8Array | Float32Array, target: Uint8Array | Float32Array, count: number) => void;

function open(): GgmlNative {
  const libraryPath = findGgmlLibrary("ggml-base");
  let library: ReturnType<typeof koffi.load>;
  try {
    library = koffi.load(libraryPath);
  } catch (cause) {
    throw new AppError("quantizer_unavailable", "The ggml library could not be loaded.", {
      hint: "Cria needs glibc 2.34 or newer on Linux (Debian 12, Ubuntu 22.04). Reinstall Cria if the system is new enough.",
      cause,
    });
  }
  checkTypeTable(library);
  const quantizeChunk: (
    type: number,
    source: Float32Array,
    target: Uint8Array,
    start: number,
    rows: number,
    columns: number,
    importance: null,
  ) => number | bigint = library.func(
    "size_t ggml_quantize_chunk(int type, const void *src, void *dst, int64_t start, int64_t nrows, int64_t n_per_row, const void *imatrix)",
  );
  const validateRowData: (type: number, data: Uint8Array, sizeBytes: number) => boolean = library.func(
    "bool ggml_validate_row_data(int type, const void *data, size_t nbytes)",
  );
  const readers = new Map<string, Convert>();
  const reader = (type: DecodableType): Convert => {
    const known = readers.get(type);
    if (known !== undefined) return known;
    const made: Convert = library.func(`void ${readerName(type)}(const void *x, void *y, int64_t n)`);
    readers.set(type, made);
    return made;
  };

  return {
    libraryPath,
    fromF32(type, values, target, rows, columns) {
      const sizeBytes = rows * rowSizeBytes(type, columns);
      if (values.length < rows * columns || target.byteLength < sizeBytes) throw new RangeError("buffer too small");
      const written = quantizeChunk(ggmlTypes[type].id, values, target, 0, rows, columns, null);
      if (Number(written) !== sizeBytes) throw new RangeError(`ggml wrote ${written} bytes instead of ${sizeBytes}`);
    },
    toF32(type, bytes, target, rows, columns) {
      const sizeBytes = rows * rowSizeBytes(type, columns);
      const count = rows * columns;
      if (bytes.byteLength < sizeBytes || target.length < count) throw new RangeError("buffer too small");
      if (type === "F32") new Uint8Array(target.buffer, target.byteOffset, sizeBytes).set(bytes.subarray(0, sizeBytes));
      else reader(type)(bytes, target, count);
    },
    isFinite: (type, bytes) => validateRowData(ggmlTypes[type].id, bytes, bytes.byteLength),
  };
}

function readerName(type: DecodableType): string {
  if (type === "F16" || type === "BF16") return `ggml_${type === "F16" ? "fp16" : "bf16"}_to_fp32_row`;
  return `dequantize_row_${type.toLowerCase().replace(/_k$/, "_K")}`;
}

/** A library whose blocks have other sizes than our table would read and write past the buffers. */
function checkTypeTable(library: ReturnType<typeof koffi.load>): void {
  const typeName: (type: number) => string = library.func("const char *ggml_type_name(int type)");
  const typeSize: (type: number) => number | bigint = library.func("size_t ggml_type_size(int type)");
  const blockSize: (type: number) => number | bigint = library.func("int64_t ggml_blck_size(int type)");
  for (const type of decodableTypes) {
    const { id, blockBytes, blockValues } = ggmlTypes[type];
    const found = `${typeName(id)} ${blockSize(id)} ${typeSize(id)}`;
    if (found.toLowerCase() === `${type.toLowerCase()} ${blockValues} ${blockBytes}`) continue;
    throw new AppError(
      "quantizer_unavailable",
      `The installed ggml library does not fit: its type ${id} is ${found}.`,
      {
        hint: "Reinstall Cria so that it gets the version of node-llama-cpp it was made for.",
      },
    );
  }
}

let loaded: GgmlNative | undefined;

/**
 * The ggml library that node-llama-cpp ships, opened once per thread. Throws AppError `quantizer_unavailable`.
 * Bad rows can abort the whole process inside native code: call it in a process that may die.
 */
export function loadGgmlNative(): GgmlNative {
  loaded ??= open();
  return loaded;
}
