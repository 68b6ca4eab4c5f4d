import { rawSafetensors } from "../weights/fixtures/tinyLlama.js";
import { sentencePieceBytes } from "../weights/fixtures/tinyTokenizer.js";
import { seededBytes } from "./seededBytes.js";

export interface MadeCheckpointOptions {
  embedding: number;
  layers: number;
  heads: number;
  keyValueHeads: number;
  feedForward: number;
  shards: number;
  seed?: number;
}

const vocabulary = 300;

/** A LLaMA checkpoint in Hugging Face's form with random F16 weights, cut into shards of about the same size: files by their names. */
export function makeCheckpoint(options: MadeCheckpointOptions): Record<string, Uint8Array> {
  const { embedding, layers, heads, keyValueHeads, feedForward, shards, seed = 1 } = options;
  const keyValue = (embedding / heads) * keyValueHeads;
  const tensors: [name: string, shape: number[]][] = [["model.embed_tokens.weight", [vocabulary, embedding]]];
  for (let layer = 0; layer < layers; layer++) {
    const inLayer = `model.layers.${layer}.`;
    tensors.push(
      [`${inLayer}self_attn.q_proj.weight`, [embedding, embedding]],
      [`${inLayer}self_attn.k_proj.weight`, [keyValue, embedding]],
      [`${inLayer}self_attn.v_proj.weight`, [keyValue, embedding]],
      [`${inLayer}self_attn.o_proj.weight`, [embedding, embedding]],
      [`${inLayer}mlp.gate_proj.weight`, [feedForward, embedding]],
      [`${inLayer}mlp.up_proj.weight`, [feedForward, embedding]],
      [`${inLayer}mlp.down_proj.weight`, [embedding, feedForward]],
      [`${inLayer}input_layernorm.weight`, [embedding]],
      [`${inLayer}post_attention_layernorm.weight`, [embedding]],
    );
  }
  tensors.push(["model.norm.weight", [embedding]], ["lm_head.weight", [vocabulary, embedding]]);
  const perShard = Math.ceil(tensors.length / shards);
  const files: Record<string, Uint8Array> = {
    "config.json": json({
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      hidden_act: "silu",
      hidden_size: embedding,
      intermediate_size: feedForward,
      num_attention_heads: heads,
      num_key_value_heads: keyValueHeads,
      num_hidden_layers: layers,
      max_position_embeddings: 256,
      rms_norm_eps: 1e-5,
      rope_theta: 10_000,
      vocab_size: vocabulary,
      bos_token_id: 1,
      eos_token_id: 2,
      tie_word_embeddings: false,
    }),
    "tokenizer.model": sentencePieceBytes(),
  };
  const weightMap: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard++) {
    const name = `model-${String(shard + 1).padStart(5, "0")}-of-${String(shards).padStart(5, "0")}.safetensors`;
    const own = tensors.slice(shard * perShard, (shard + 1) * perShard);
    for (const [tensor] of own) weightMap[tensor] = name;
    files[name] = safetensorsFile(own, seed * 100 + shard);
  }
  files["model.safetensors.index.json"] = json({ metadata: {}, weight_map: weightMap });
  return files;
}

function safetensorsFile(tensors: [name: string, shape: number[]][], seed: number): Uint8Array {
  const header: Record<string, object> = {};
  let offset = 0;
  for (const [name, shape] of tensors) {
    const sizeBytes = shape.reduce((product, length) => product * length, 2);
    header[name] = { dtype: "F16", shape, data_offsets: [offset, offset + sizeBytes] };
    offset += sizeBytes;
  }
  const data = seededBytes(offset, seed);
  // Random signs and mantissas with exponents that give values between 2^-8 and 2^-4: finite and of a usual size.
  for (let at = 1; at < data.length; at += 2) {
    const high = data[at] ?? 0;
    data[at] = (high & 0b1000_0011) | ((7 + ((high >> 2) & 3)) << 2);
  }
  return rawSafetensors(header, data);
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
