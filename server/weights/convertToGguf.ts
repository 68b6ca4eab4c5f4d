import { isPlainType } from "./floats/plainRows.js";
import type { GgmlTypeName } from "./ggmlTypes.js";
import type { GgufTensorSpec } from "./gguf/encodeGgufHeader.js";
import { type GgufFileType, ggufFileTypes } from "./gguf/fileTypes.js";
import type { GgufMetadata, GgufValue } from "./gguf/GgufValue.js";
import { type GgufPlan, GgufWriter } from "./gguf/GgufWriter.js";
import type { LlamaParameters } from "./llama/LlamaParameters.js";
import { llamaMetadata } from "./llama/llamaMetadata.js";
import { llamaTensors } from "./llama/llamaTensors.js";
import { ropeFrequencies } from "./llama/ropeFrequencies.js";
import type { TensorEncoder } from "./TensorEncoder.js";
import type { SourceTensor, TensorSource } from "./TensorSource.js";
import type { Tokenizer } from "./tokenizer/Tokenizer.js";
import { tokenizerMetadata } from "./tokenizer/tokenizerMetadata.js";
import { type WriteTensorsOptions, writeTensors } from "./writeTensors.js";

/** A model that is ready to be written: everything under GGUF's names and in its order of rows. */
export interface LlamaModel {
  readonly name: string;
  readonly parameters: LlamaParameters;
  readonly tokenizer: Tokenizer;
  readonly source: TensorSource;
  /** What the tensors are quantized to already; converted to the same they keep their types. */
  readonly fileType?: GgufFileType;
  /** More `general.` keys, as the licence, where the model comes from, or what it was made with. */
  readonly generalMetadata?: ReadonlyMap<string, GgufValue>;
}

export interface ConvertOptions extends WriteTensorsOptions {
  /** What the file is called (`general.file_type`). */
  readonly fileType: GgufFileType;
  /**
   * The type of each tensor; by default `fileType` for matrices and F32 for the rest, which is right for F32, F16 and
   * BF16, or what it is where the model is quantized to `fileType` already. `tensors` have the types of an unquantized GGUF
   * file, as llama.cpp's rules expect: the source's for matrices, F32 for norms and biases.
   */
  readonly chooseTypes?: (
    tensors: readonly GgufTensorSpec[],
    metadata: GgufMetadata,
  ) => ReadonlyMap<string, { readonly type: GgmlTypeName }>;
  readonly encoder: TensorEncoder;
  /** Tensors that are in the `.partial` file for certain: the last checkpoint before a crash. */
  readonly resumeAfter?: number;
  /** Leaves the `.partial` file after a failure too, for a source whose reading can be tried again. */
  readonly keepPartial?: boolean;
}

export interface ConvertedGguf {
  /** The complete file, still under its temporary name: the caller checks and renames it. */
  readonly partialPath: string;
  readonly sizeBytes: number;
}

/**
 * Writes the model as `<path>.partial`. A crash or an abort leaves it there to be gone on with; every other failure
 * removes it, unless `keepPartial`. Throws `weights_not_finite`, `disk_full`, `weights_unwritable`, `weights_unreadable`,
 * and the signal's reason.
 */
export async function convertToGguf(model: LlamaModel, path: string, options: ConvertOptions): Promise<ConvertedGguf> {
  const source = withRopeFrequencies(model);
  const plan = planFile(model, source, options);
  const writer = await GgufWriter.open(path, plan, { resumeAfter: options.resumeAfter ?? 0 });
  try {
    await writeTensors(source, plan.tensors, options.encoder, writer, options);
    await writer.finish();
  } catch (error) {
    await writer.abort({ keep: options.keepPartial === true || options.signal?.aborted === true });
    throw error;
  }
  return { partialPath: writer.partialPath, sizeBytes: writer.sizeBytes };
}

/** What `convertToGguf` will write, without reading a tensor: for the size of the result, and for tests. */
export function planGguf(model: LlamaModel, options: PlanOptions): GgufPlan {
  return planFile(model, withRopeFrequencies(model), options);
}

type PlanOptions = Pick<ConvertOptions, "fileType" | "chooseTypes">;

function planFile(model: LlamaModel, source: TensorSource, options: PlanOptions): GgufPlan {
  const tensors = orderTensors(model.parameters, source);
  const metadata = buildMetadata(model, options.fileType, tensors);
  const keeps = model.fileType !== undefined && model.fileType === options.fileType;
  const chooseTypes = options.chooseTypes ?? (keeps ? keptTypes : plainTypes(options.fileType));
  const types = chooseTypes(tensors, metadata);
  return {
    metadata,
    tensors: tensors.map((tensor) => ({ ...tensor, type: types.get(tensor.name)?.type ?? "F32" })),
  };
}

/** The order of the source's files first, so that each can go as soon as possible; then the order of the layers. */
function orderTensors(parameters: LlamaParameters, source: TensorSource): GgufTensorSpec[] {
  const names = ["rope_freqs.weight", ...llamaTensors(parameters).map((tensor) => tensor.name)];
  return names
    .flatMap((name) => source.tensors.get(name) ?? [])
    .sort((a, b) => (a.part ?? 0) - (b.part ?? 0))
    .map(({ name, type, shape }) => ({ name, type: shape.length === 1 && isPlainType(type) ? "F32" : type, shape }));
}

function buildMetadata(model: LlamaModel, fileType: GgufFileType, tensors: readonly GgufTensorSpec[]): GgufMetadata {
  const values = tensors.reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0);
  const text = (value: string): GgufValue => ({ type: "string", value });
  return new Map<string, GgufValue>([
    ["general.architecture", text("llama")],
    ["general.type", text("model")],
    ["general.name", text(model.name)],
    ["general.size_label", text(sizeLabel(values))],
    ...(model.generalMetadata ?? []),
    ...llamaMetadata(model.parameters),
    ["general.file_type", { type: "uint32", value: ggufFileTypes[fileType] }],
    // GGML_QNT_VERSION
    ["general.quantization_version", { type: "uint32", value: 2 }],
    ...tokenizerMetadata(model.tokenizer),
  ]);
}

/** "6.8M", "7B": two digits at most. Source: `model_weight_count_rounded_notation` in llama.cpp's gguf-py. */
export function sizeLabel(parameterCount: number): string {
  const [scale, suffix] = (
    [
      [1e12, "T"],
      [1e9, "B"],
      [1e6, "M"],
      [1e3, "K"],
    ] as const
  ).find(([size]) => parameterCount > size) ?? [1e3, "K"];
  const scaled = parameterCount / scale;
  return `${scaled.toFixed(Math.max(0, 2 - String(Math.round(scaled)).replace(/^0+/, "").length))}${suffix}`;
}

const keptTypes: NonNullable<ConvertOptions["chooseTypes"]> = (tensors) =>
  new Map(tensors.map(({ name, type }) => [name, { type }]));

/** llama.cpp wants norms, biases and everything else with one dimension as F32. */
function plainTypes(fileType: GgufFileType): NonNullable<ConvertOptions["chooseTypes"]> {
  if (fileType !== "F32" && fileType !== "F16" && fileType !== "BF16")
    throw new Error(`which tensors become what in a ${fileType} file must be given`);
  return (tensors) => new Map(tensors.map(({ name, shape }) => [name, { type: shape.length > 1 ? fileType : "F32" }]));
}

function withRopeFrequencies({ parameters, source }: LlamaModel): TensorSource {
  const frequencies = ropeFrequencies(parameters);
  if (frequencies === undefined) return source;
  const tensor: SourceTensor = {
    name: "rope_freqs.weight",
    type: "F32",
    shape: [frequencies.length],
    readRows: () => Promise.resolve(new Uint8Array(frequencies.slice().buffer)),
  };
  return { tensors: new Map([[tensor.name, tensor], ...source.tensors]), close: () => source.close() };
}
