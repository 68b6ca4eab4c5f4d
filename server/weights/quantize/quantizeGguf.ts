import { realpath, rename } from "node:fs/promises";
import { basename } from "node:path";
import { AppError } from "../../platform/AppError.js";
import type { Quantization } from "../../protocol/install.js";
import type { GgufTensorSpec } from "../gguf/encodeGgufHeader.js";
import { ggufFileTypes } from "../gguf/fileTypes.js";
import type { GgufMetadata, GgufValue } from "../gguf/GgufValue.js";
import { GgufWriter } from "../gguf/GgufWriter.js";
import { type GgufSource, openGguf } from "../gguf/openGguf.js";
import { writeTensors } from "../writeTensors.js";
import { chooseTensorTypes, type TensorTypeChoice } from "./chooseTensorTypes.js";
import { isDecodable } from "./ggmlNative.js";
import { QuantizerPool } from "./QuantizerPool.js";
import { readQuantizedModel } from "./readQuantizedModel.js";

/** ggml's GGML_QNT_VERSION: the layout of the blocks. */
const quantizationVersion = 2;

export interface QuantizeProgress {
  /** The tensor that was written last. */
  readonly tensor: string;
  readonly tensorsDone: number;
  readonly tensorCount: number;
  /** Of the output file. */
  readonly bytesWritten: number;
  readonly sizeBytes: number;
}

export interface QuantizeOptions {
  readonly threadCount: number;
  /** Threads to use instead of new ones; they stay open. */
  readonly pool?: QuantizerPool;
  /** Also accept tensors that are quantized already, which loses quality twice. */
  readonly allowRequantize?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: QuantizeProgress) => void;
}

export interface QuantizeResult {
  readonly sizeBytes: number;
  /** Every tensor's type, and where a row length forced another one than the rules want. */
  readonly choices: ReadonlyMap<string, TensorTypeChoice>;
}

/**
 * Quantizes a GGUF file, whole or split, into one new file: the same tensors, types, order and metadata as
 * llama_model_quantize of llama.cpp v0.5.0 writes. The file appears under its name only when it is complete; memory stays
 * below a few hundred MiB for any model.
 *
 * Throws AppError `quantize_refused` (quantized already, unknown tensor types, output is input), `weights_not_finite`,
 * `quantizer_unavailable`, `quantizer_died`, and what openGguf and GgufWriter throw. When `signal` aborts, its reason.
 */
export async function quantizeGguf(
  inputPath: string,
  outputPath: string,
  quantization: Quantization,
  options: QuantizeOptions,
): Promise<QuantizeResult> {
  // First of all: the threads start while the header is read.
  const pool = options.pool ?? QuantizerPool.start(options.threadCount);
  try {
    const source = await openGguf(inputPath);
    try {
      await refuseOverwritingInput(source, outputPath);
      const fileName = basename(inputPath);
      const model = readQuantizedModel(source.index.metadata, fileName);
      const choices = chooseTensorTypes(source.tensors.values(), quantization, model);
      refuseTypes(source, choices, options.allowRequantize ?? false, fileName);
      const sizeBytes = await write(source, outputPath, quantization, choices, pool, options);
      return { sizeBytes, choices };
    } finally {
      await source.close();
    }
  } finally {
    if (pool !== options.pool) await pool.close();
  }
}

async function write(
  source: GgufSource,
  outputPath: string,
  quantization: Quantization,
  choices: ReadonlyMap<string, TensorTypeChoice>,
  pool: QuantizerPool,
  { signal, onProgress }: QuantizeOptions,
): Promise<number> {
  const tensors: GgufTensorSpec[] = [...choices].map(([name, { type }]) => ({
    name,
    type,
    shape: source.tensors.get(name)?.shape ?? [],
  }));
  const metadata = quantizedMetadata(source.index.metadata, quantization);
  const writer = await GgufWriter.open(outputPath, { metadata, tensors });
  try {
    await writeTensors(source, tensors, pool, writer, {
      signal,
      onProgress: ({ tensor, bytesDone, bytesTotal }) =>
        onProgress?.({
          tensor,
          tensorsDone: writer.tensorsDone,
          tensorCount: tensors.length,
          bytesWritten: bytesDone,
          sizeBytes: bytesTotal,
        }),
    });
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  await rename(writer.partialPath, outputPath);
  return writer.sizeBytes;
}

/** The order of keys is llama.cpp's too: a key that is set again moves to the end. */
function quantizedMetadata(metadata: GgufMetadata, quantization: Quantization): GgufMetadata {
  const result = new Map<string, GgufValue>(metadata);
  for (const key of ["split.no", "split.count", "split.tensors.count"]) result.delete(key);
  const own: [string, number][] = [
    ["general.quantization_version", quantizationVersion],
    ["general.file_type", ggufFileTypes[quantization]],
  ];
  for (const [key, value] of own) {
    result.delete(key);
    result.set(key, { type: "uint32", value });
  }
  return result;
}

function refuseTypes(
  source: GgufSource,
  choices: ReadonlyMap<string, TensorTypeChoice>,
  allowRequantize: boolean,
  fileName: string,
): void {
  for (const { name, type } of source.tensors.values()) {
    if (choices.get(name)?.type === type) continue;
    if (!isDecodable(type))
      throw new AppError("quantize_refused", `The tensor "${name}" of "${fileName}" has the type ${type}.`, {
        hint: "Such values cannot be quantized: start from a file in F32, F16 or BF16.",
      });
    if (!allowRequantize && type !== "F32" && type !== "F16" && type !== "BF16")
      throw new AppError("quantize_refused", `"${fileName}" is quantized already: "${name}" has the type ${type}.`, {
        hint: "Start from a file in F32, F16 or BF16, or leave the type out and take it as it is. `cria quantize --requantize` quantizes it twice, which costs quality.",
      });
  }
}

async function refuseOverwritingInput(source: GgufSource, outputPath: string): Promise<void> {
  const output = await realpath(outputPath).catch(() => undefined);
  if (output === undefined) return;
  for (const part of source.index.paths) {
    if ((await realpath(part)) !== output) continue;
    throw new AppError("quantize_refused", "The output file is the input file.", {
      hint: "Give the quantized model another name.",
    });
  }
}
