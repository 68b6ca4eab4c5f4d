import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sentencePieceBytes, type TinyPiece, tinyPieces } from "../weights/fixtures/tinyTokenizer.js";
import { seededBytes } from "./seededBytes.js";
import type { RandomModelShape } from "./writeRandomModel.js";

const bufferBytes = 16 * 2 ** 20;

/**
 * Writes a LLaMA checkpoint as the hub has them, sharded safetensors with random F16 weights, in constant memory. The same seed gives
 * the same bytes. A shard holds whole tensors and about `shardBytes`.
 */
export async function writeRandomCheckpoint(
  folder: string,
  shape: RandomModelShape,
  { shardBytes = 10e9, seed = 1 }: { shardBytes?: number; seed?: number } = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const random = randomHalves(seed);
  const shards = cutIntoShards(tensorShapes(shape), shardBytes);
  const weightMap: Record<string, string> = {};
  for (const [index, tensors] of shards.entries()) {
    const number = (value: number) => String(value).padStart(5, "0");
    const name = `model-${number(index + 1)}-of-${number(shards.length)}.safetensors`;
    for (const [tensor] of tensors) weightMap[tensor] = name;
    await writeShard(join(folder, name), tensors, random);
  }
  const files: Record<string, string | Uint8Array> = {
    "config.json": JSON.stringify(config(shape)),
    "model.safetensors.index.json": JSON.stringify({ metadata: {}, weight_map: weightMap }),
    "tokenizer.model": sentencePieceBytes({ pieces: pieces(shape.vocabularySize) }),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
}

type TensorShape = [name: string, shape: number[]];

function tensorShapes(shape: RandomModelShape): TensorShape[] {
  const { embeddingLength: width, feedForwardLength: wide, vocabularySize } = shape;
  const keyValueWidth = (width / shape.headCount) * shape.keyValueHeadCount;
  const tensors: TensorShape[] = [["model.embed_tokens.weight", [vocabularySize, width]]];
  for (let layer = 0; layer < shape.blockCount; layer++) {
    const inLayer = `model.layers.${layer}.`;
    tensors.push(
      [`${inLayer}self_attn.q_proj.weight`, [width, width]],
      [`${inLayer}self_attn.k_proj.weight`, [keyValueWidth, width]],
      [`${inLayer}self_attn.v_proj.weight`, [keyValueWidth, width]],
      [`${inLayer}self_attn.o_proj.weight`, [width, width]],
      [`${inLayer}mlp.gate_proj.weight`, [wide, width]],
      [`${inLayer}mlp.up_proj.weight`, [wide, width]],
      [`${inLayer}mlp.down_proj.weight`, [width, wide]],
      [`${inLayer}input_layernorm.weight`, [width]],
      [`${inLayer}post_attention_layernorm.weight`, [width]],
    );
  }
  tensors.push(["model.norm.weight", [width]]);
  if (shape.tiedEmbeddings !== true) tensors.push(["lm_head.weight", [vocabularySize, width]]);
  return tensors;
}

function cutIntoShards(tensors: TensorShape[], shardBytes: number): TensorShape[][] {
  const shards: TensorShape[][] = [[]];
  let filled = 0;
  for (const tensor of tensors) {
    const sizeBytes = bytesOf(tensor);
    if (filled > 0 && filled + sizeBytes > shardBytes) {
      shards.push([]);
      filled = 0;
    }
    shards.at(-1)?.push(tensor);
    filled += sizeBytes;
  }
  return shards;
}

async function writeShard(path: string, tensors: TensorShape[], random: Uint8Array): Promise<void> {
  const header: Record<string, object> = {};
  let end = 0;
  for (const tensor of tensors) {
    const start = end;
    end += bytesOf(tensor);
    header[tensor[0]] = { dtype: "F16", shape: tensor[1], data_offsets: [start, end] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = await open(path, "w");
  try {
    await file.write(length);
    await file.write(text);
    for (let done = 0; done < end; ) {
      // An odd place in the buffer each time, so that no two rows are the same.
      const from = ((done / 2) % 999_983) * 2;
      const piece = random.subarray(from, from + end - done);
      await file.write(piece);
      done += piece.length;
    }
  } finally {
    await file.close();
  }
}

function bytesOf([, shape]: TensorShape): number {
  return shape.reduce((product, length) => product * length, 2);
}

/** F16 numbers of both signs between 2^-8 and 2^-4. */
function randomHalves(seed: number): Uint8Array {
  const bytes = seededBytes(bufferBytes, seed);
  for (let at = 1; at < bytes.length; at += 2) {
    const high = bytes[at] ?? 0;
    bytes[at] = (high & 0b1000_0011) | ((7 + ((high >> 2) & 3)) << 2);
  }
  return bytes;
}

function pieces(count: number): TinyPiece[] {
  const known = tinyPieces(count);
  for (let id = known.length; id < count; id++) known.push({ text: `▁w${id}`, score: 259 - id, type: 1 });
  return known;
}

function config(shape: RandomModelShape) {
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_act: "silu",
    hidden_size: shape.embeddingLength,
    intermediate_size: shape.feedForwardLength,
    num_attention_heads: shape.headCount,
    num_key_value_heads: shape.keyValueHeadCount,
    num_hidden_layers: shape.blockCount,
    max_position_embeddings: shape.contextTokens,
    rms_norm_eps: 1e-6,
    rope_theta: 10_000,
    vocab_size: shape.vocabularySize,
    bos_token_id: 1,
    eos_token_id: 2,
    tie_word_embeddings: shape.tiedEmbeddings === true,
  };
}
