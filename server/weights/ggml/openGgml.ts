import { AppError } from "../../platform/AppError.js";
import type { CheckpointFiles } from "../CheckpointFiles.js";
import type { LlamaModel } from "../convertToGguf.js";
import type { GgufFileType } from "../gguf/fileTypes.js";
import { mapMeta } from "../llama/mapMeta.js";
import type { RandomBytes } from "../RandomBytes.js";
import { readJsonObject, readSmallFile } from "../readSmallFile.js";
import type { SourceTensor, TensorSource } from "../TensorSource.js";
import { readSentencePiece, type SentencePieceModel } from "../tokenizer/readSentencePiece.js";
import { blockLayout } from "./blockLayout.js";
import { chooseRowOrder } from "./chooseRowOrder.js";
import { ggmlError } from "./ggmlError.js";
import { ggmlFileType } from "./ggmlFileType.js";
import { ggmlParameters } from "./ggmlParameters.js";
import { ggmlTokenizer } from "./ggmlTokenizer.js";
import { type GgmlFormat, type GgmlHeader, readGgmlHeader } from "./readGgmlHeader.js";
import { type GgmlTensorInfo, readGgmlTensors } from "./readGgmlTensors.js";
import { repackRows } from "./repackRows.js";

/** A model of the formats before GGUF, ready to be written as one; its tensors keep their types. */
export interface GgmlModel extends LlamaModel {
  readonly format: GgmlFormat;
  readonly fileType: GgufFileType;
}

/** `tokenizer.model` of large vocabularies has about 5 MB. */
const tokenizerBytesMax = 32 * 2 ** 20;
/** LLaMA 65B had 8. */
const partCountMax = 64;

interface Part {
  readonly file: RandomBytes;
  readonly header: GgmlHeader;
  readonly tensors: readonly GgmlTensorInfo[];
}

/**
 * Opens a file that Dalai, alpaca.cpp or llama.cpp before August 2023 left: `fileName`, and the further parts
 * `<fileName>.1`, `.2`, … of a model that has several. A `tokenizer.model` in the folder supplies the token scores that the
 * oldest files lack; a `params.json` the norm's epsilon.
 *
 * Throws `ggml_invalid`, `checkpoint_invalid` (tensors missing or of the wrong shape), `tokenizer_invalid`,
 * `weights_unreadable`; reading rows throws `weights_not_finite`.
 */
export async function openGgml(files: CheckpointFiles, fileName: string): Promise<GgmlModel> {
  const firstName = fileName.replace(/\.\d{1,2}$/, "");
  const parts = await openParts(files, files.fileNames.has(firstName) ? firstName : fileName);
  const close = async () => {
    for (const { file } of parts) await file.close();
  };
  try {
    const [first] = parts;
    if (first === undefined) throw ggmlError(fileName, "it has no parts");
    const parameters = ggmlParameters(
      first.header,
      parts.map(({ tensors }) => tensors),
      first.file.name,
      await readNormEpsilon(files),
    );
    const sources: TensorSource[] = [];
    for (const part of parts) sources.push(await toSource(part));
    const source = mapMeta(sources, parameters);
    const sentencePiece = await readTokenizerModel(files, first.header.format);
    return {
      name: first.file.name.replace(/\.bin$/, ""),
      parameters,
      tokenizer: ggmlTokenizer(first.header, first.file.name, sentencePiece),
      source: { tensors: source.tensors, close },
      format: first.header.format,
      fileType: ggmlFileType(first.header.hyperparameters.fileType, first.tensors, first.file.name),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openParts(files: CheckpointFiles, firstName: string): Promise<Part[]> {
  const parts: Part[] = [];
  try {
    let partCount = 1;
    for (let index = 0; index < partCount; index += 1) {
      const name = index === 0 ? firstName : `${firstName}.${index}`;
      if (index > 0 && !files.fileNames.has(name))
        throw ggmlError(
          firstName,
          `it is the first of ${partCount} parts, and "${name}" is missing`,
          "Put all parts into the same folder.",
        );
      const file = await files.open(name);
      try {
        const header = await readGgmlHeader(file);
        const part = { file, header, tensors: await readGgmlTensors(file, header) };
        parts.push(part);
      } catch (error) {
        await file.close();
        throw error;
      }
      const [first, latest] = [parts[0], parts.at(-1)];
      if (first === undefined || latest === undefined) continue;
      if (index === 0) partCount = countParts(first);
      else checkBelongs(first, latest);
    }
    return parts;
  } catch (error) {
    for (const { file } of parts) await file.close();
    throw error;
  }
}

/** The embedding is split over its columns, so the first part's tells how many there are. */
function countParts({ file, header, tensors }: Part): number {
  const columns = tensors.find(({ name }) => name === "tok_embeddings.weight")?.shape[1];
  if (columns === undefined) throw ggmlError(file.name, 'it has no matrix "tok_embeddings.weight"');
  const count = header.hyperparameters.embeddingLength / columns;
  if (Number.isInteger(count) && count <= partCountMax) return count;
  throw ggmlError(
    file.name,
    `its embedding has ${columns} columns, which is no part of ${header.hyperparameters.embeddingLength}`,
  );
}

function checkBelongs(first: Part, part: Part): void {
  const same = JSON.stringify(first.header.hyperparameters) === JSON.stringify(part.header.hyperparameters);
  if (same && first.header.format === part.header.format) return;
  throw ggmlError(part.file.name, `it does not belong to "${first.file.name}"`, "Put the model's own parts together.");
}

/** The part's tensors under Meta's names with today's types. */
async function toSource({ file, header, tensors }: Part): Promise<TensorSource> {
  const orders = new Map<string, "blocks" | "planes">();
  if (header.format === "ggml")
    for (const type of ["Q4_0", "Q4_1"] as const)
      if (tensors.some((tensor) => tensor.type === type)) orders.set(type, await chooseRowOrder(file, tensors, type));
  const result = new Map<string, SourceTensor>();
  for (const { name, type, shape, offset, rowBytes } of tensors) {
    const layout = blockLayout(header.format, type, orders.get(type));
    const readRows = async (firstRow: number, rowCount: number) => {
      const bytes = await file.read(offset + firstRow * rowBytes, rowCount * rowBytes);
      if (layout === undefined || layout === "unknown") return bytes;
      const repacked = repackRows(layout, bytes, rowCount, shape.at(-1) ?? 1);
      if (repacked !== undefined) return repacked;
      throw new AppError(
        "weights_not_finite",
        `The tensor "${name}" of "${file.name}" has a scale that is no number.`,
        {
          hint: "The file is damaged: download it again, or copy it again.",
        },
      );
    };
    result.set(name, { name, type, shape, readRows });
  }
  return { tensors: result, close: () => file.close() };
}

async function readTokenizerModel(files: CheckpointFiles, format: GgmlFormat): Promise<SentencePieceModel | undefined> {
  const name = "tokenizer.model";
  if (format !== "ggml" || !files.fileNames.has(name)) return undefined;
  return readSentencePiece(await readSmallFile(files, name, tokenizerBytesMax), name);
}

async function readNormEpsilon(files: CheckpointFiles): Promise<number | undefined> {
  if (!files.fileNames.has("params.json")) return undefined;
  const { norm_eps: epsilon } = (await readJsonObject(files, "params.json")) as { norm_eps?: unknown };
  return typeof epsilon === "number" && epsilon > 0 && epsilon < 1 ? epsilon : undefined;
}
