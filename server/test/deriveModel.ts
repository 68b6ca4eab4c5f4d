import { rename } from "node:fs/promises";
import { ggmlTypes } from "../weights/ggmlTypes.js";
import { type GgufTensorSpec, tensorSizeBytes } from "../weights/gguf/encodeGgufHeader.js";
import { GgufWriter } from "../weights/gguf/GgufWriter.js";
import { openGguf } from "../weights/gguf/openGguf.js";
import type { SourceTensor } from "../weights/TensorSource.js";

/** What is to be different. */
export interface ModelChange {
  /** Each layer's feed-forward part is so many times as wide, and what is added is zeros: the very same function, at more cost. */
  widened?: number;
  /** So many of the model's last layers add nothing: a worse model of the same family. */
  silencedBlocks?: number;
  /** All numbers are there, but elsewhere: the same shape and vocabulary, and nothing learnt. */
  scrambled?: boolean;
}

/** What a layer adds to the text's state comes out of these two; with zeros there it adds nothing. */
const outputs = ["attn_output.weight", "ffn_down.weight"];
const blockName = /^blk\.(\d+)\.(.+)$/;

/** Writes a model made from another one of LLaMA's architecture. Reads and writes tensor by tensor. */
export async function deriveModel(sourcePath: string, path: string, change: ModelChange): Promise<void> {
  const { widened = 1, silencedBlocks = 0, scrambled = false } = change;
  const source = await openGguf(sourcePath);
  try {
    const { metadata } = source.index;
    const number = (key: string) => Number(metadata.get(`llama.${key}`)?.value);
    const silencedFrom = number("block_count") - silencedBlocks;
    const tensors = [...source.tensors.values()];
    const writer = await GgufWriter.open(path, {
      metadata: new Map([
        ...metadata,
        ["llama.feed_forward_length", { type: "uint32", value: number("feed_forward_length") * widened }],
      ]),
      tensors: tensors.map((tensor) => widen(tensor, widened)),
    });
    for (const tensor of tensors) {
      const [, block, part = ""] = blockName.exec(tensor.name) ?? [];
      const isSilenced = Number(block) >= silencedFrom && outputs.includes(part);
      const bytes = await readWidened(tensor, widened);
      if (isSilenced) bytes.fill(0);
      await writer.append(tensor.name, scrambled && tensor.shape.length > 1 ? reversed(bytes, tensor.type) : bytes);
    }
    await writer.finish();
    await rename(writer.partialPath, path);
  } finally {
    await source.close();
  }
}

function widen({ name, type, shape: [rows = 1, ...columns] }: SourceTensor, factor: number): GgufTensorSpec {
  if (/ffn_(gate|up)\.weight$/.test(name)) return { name, type, shape: [rows * factor, ...columns] };
  if (/ffn_down\.weight$/.test(name)) return { name, type, shape: [rows, ...columns.map((column) => column * factor)] };
  return { name, type, shape: [rows, ...columns] };
}

/** The tensor's bytes with zeros where it is wider: behind its rows, or behind each row. A block of zero bytes is one of zeros. */
async function readWidened(tensor: SourceTensor, factor: number): Promise<Uint8Array> {
  const wide = widen(tensor, factor);
  const out = new Uint8Array(tensorSizeBytes(wide));
  const rows = tensor.shape.slice(0, -1).reduce((product, length) => product * length, 1);
  const wideRowBytes = out.length / (wide.shape.slice(0, -1).reduce((product, length) => product * length, 1) || 1);
  for (let row = 0; row < rows; row++) out.set(await tensor.readRows(row, 1), row * wideRowBytes);
  return out;
}

/** The last block of numbers first: each block stays one that the engine understands. */
function reversed(bytes: Uint8Array, type: GgufTensorSpec["type"]): Uint8Array {
  const { blockBytes } = ggmlTypes[type];
  const out = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += blockBytes)
    out.set(bytes.subarray(at, at + blockBytes), bytes.length - at - blockBytes);
  return out;
}
