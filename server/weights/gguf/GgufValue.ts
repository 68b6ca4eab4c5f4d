/** Ids of GGUF's metadata types. Source: ggml's docs/gguf.md and `ggml/include/gguf.h` (enum gguf_type). */
export const ggufTypeIds = {
  uint8: 0,
  int8: 1,
  uint16: 2,
  int16: 3,
  uint32: 4,
  int32: 5,
  float32: 6,
  bool: 7,
  string: 8,
  array: 9,
  uint64: 10,
  int64: 11,
  float64: 12,
} as const;

export type GgufTypeName = keyof typeof ggufTypeIds;

/** A list of strings: a plain array, or one that decodes each string only when it is asked for. */
export interface GgufStrings extends Iterable<string> {
  readonly length: number;
  at(index: number): string | undefined;
}

interface GgufNumberArrays {
  uint8: Uint8Array;
  int8: Int8Array;
  uint16: Uint16Array;
  int16: Int16Array;
  uint32: Uint32Array;
  int32: Int32Array;
  float32: Float32Array;
  uint64: BigUint64Array;
  int64: BigInt64Array;
  float64: Float64Array;
  /** One byte per value, 0 or 1. */
  bool: Uint8Array;
}

export type GgufArrayValue =
  | { readonly type: "array"; readonly itemType: "string"; readonly value: GgufStrings }
  | {
      [Item in keyof GgufNumberArrays]: {
        readonly type: "array";
        readonly itemType: Item;
        readonly value: GgufNumberArrays[Item];
      };
    }[keyof GgufNumberArrays];

/** One metadata value with the type that the file gives it. */
export type GgufValue =
  | {
      readonly type: "uint8" | "int8" | "uint16" | "int16" | "uint32" | "int32" | "float32" | "float64";
      readonly value: number;
    }
  | { readonly type: "uint64" | "int64"; readonly value: bigint }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "string"; readonly value: string }
  | GgufArrayValue;

export type GgufMetadata = ReadonlyMap<string, GgufValue>;

/** Bytes of one value of a fixed-size type. */
export const ggufTypeSizes = {
  uint8: 1,
  int8: 1,
  bool: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  uint64: 8,
  int64: 8,
  float64: 8,
} as const satisfies Record<Exclude<GgufTypeName, "string" | "array">, number>;

const namesById = new Map(Object.entries(ggufTypeIds).map(([name, id]) => [id as number, name as GgufTypeName]));

export function ggufTypeById(id: number): GgufTypeName | undefined {
  return namesById.get(id);
}
