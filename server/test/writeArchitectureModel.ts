import { rename } from "node:fs/promises";
import { type GgufTensorSpec, tensorSizeBytes } from "../weights/gguf/encodeGgufHeader.js";
import type { GgufValue } from "../weights/gguf/GgufValue.js";
import { GgufWriter } from "../weights/gguf/GgufWriter.js";
import { randomWords } from "./randomWords.js";

/** What the layers of an architecture are made of, in llama.cpp's names and order of lengths (a row's length first). */
interface Architecture {
  blockCount?: number;
  /** Beside or instead of what every architecture has; keys without the architecture's name. */
  parameters?: Record<string, GgufValue>;
  outer?: Record<string, number[]>;
  block(block: number): Record<string, number[]>;
}

const width = 64;
const wide = 128;
const headCount = 4;
const headLength = width / headCount;
const keyValueWidth = 2 * headLength;
const innerWidth = 2 * width;
const stateLength = 8;
const contextTokens = 2048;

const uint32 = (value: number): GgufValue => ({ type: "uint32", value });
const float32 = (value: number): GgufValue => ({ type: "float32", value: Math.fround(value) });
const string = (value: string): GgufValue => ({ type: "string", value });
const perLayer = (...values: number[]): GgufValue => ({
  type: "array",
  itemType: "uint32",
  value: Uint32Array.from(values),
});

const gatedFeedForward = {
  "ffn_norm.weight": [width],
  "ffn_gate.weight": [width, wide],
  "ffn_up.weight": [width, wide],
  "ffn_down.weight": [wide, width],
};
const attention = {
  "attn_norm.weight": [width],
  "attn_q.weight": [width, width],
  "attn_k.weight": [width, keyValueWidth],
  "attn_v.weight": [width, keyValueWidth],
  "attn_output.weight": [width, width],
};
const headNorms = { "attn_q_norm.weight": [headLength], "attn_k_norm.weight": [headLength] };
const gemmaNorms = { "post_attention_norm.weight": [width], "post_ffw_norm.weight": [width] };
const stateSpace = {
  "attn_norm.weight": [width],
  "ssm_in.weight": [width, 2 * innerWidth],
  "ssm_conv1d.weight": [4, innerWidth],
  "ssm_conv1d.bias": [innerWidth],
  "ssm_x.weight": [innerWidth, 4 + 2 * stateLength],
  "ssm_dt.weight": [4, innerWidth],
  "ssm_dt.bias": [innerWidth],
  ssm_a: [stateLength, innerWidth],
  ssm_d: [innerWidth],
  "ssm_out.weight": [innerWidth, width],
};
const stateParameters = {
  "ssm.conv_kernel": uint32(4),
  "ssm.inner_size": uint32(innerWidth),
  "ssm.state_size": uint32(stateLength),
  "ssm.time_step_rank": uint32(4),
  "ssm.group_count": uint32(1),
};

/** Source: llama.cpp, `load_arch_hparams` and `load_arch_tensors` of each in `src/models/`. */
const architectures = {
  /** Mixtral: every token goes to two of four experts. */
  "llama-moe": {
    parameters: { expert_count: uint32(4), expert_used_count: uint32(2) },
    block: () => ({
      ...attention,
      "ffn_norm.weight": [width],
      "ffn_gate_inp.weight": [width, 4],
      "ffn_gate_exps.weight": [width, wide, 4],
      "ffn_up_exps.weight": [width, wide, 4],
      "ffn_down_exps.weight": [wide, width, 4],
    }),
  },
  /** Five of six layers see a window of the text. */
  gemma3: {
    blockCount: 6,
    parameters: { "attention.sliding_window": uint32(64) },
    block: () => ({ ...attention, ...headNorms, ...gatedFeedForward, ...gemmaNorms }),
  },
  /** A state instead of a cache: nothing of it can be taken back. */
  mamba: {
    parameters: {
      ...stateParameters,
      feed_forward_length: uint32(0),
      "attention.head_count": uint32(0),
      "attention.head_count_kv": uint32(0),
    },
    block: () => stateSpace,
  },
  /** Layers with short convolutions among layers with attention. */
  lfm2: {
    blockCount: 4,
    parameters: { "shortconv.l_cache": uint32(3), "attention.head_count_kv": perLayer(0, 2, 0, 2) },
    outer: { "output_norm.weight": [], "token_embd_norm.weight": [width] },
    block: (block) =>
      block % 2 === 1
        ? { ...attention, ...headNorms, ...gatedFeedForward }
        : {
            "attn_norm.weight": [width],
            "shortconv.conv.weight": [3, width],
            "shortconv.in_proj.weight": [width, 3 * width],
            "shortconv.out_proj.weight": [width, width],
            ...gatedFeedForward,
          },
  },
  jamba: {
    blockCount: 4,
    parameters: { ...stateParameters, "attention.head_count_kv": perLayer(0, 2, 0, 2) },
    block: (block) => ({
      ...(block % 2 === 1
        ? attention
        : {
            ...stateSpace,
            "ssm_dt_norm.weight": [4],
            "ssm_b_norm.weight": [stateLength],
            "ssm_c_norm.weight": [stateLength],
          }),
      ...gatedFeedForward,
    }),
  },
  /** Reads texts in both directions and writes none. */
  bert: {
    parameters: {
      "attention.causal": { type: "bool", value: false },
      pooling_type: uint32(1),
      "attention.head_count_kv": uint32(headCount),
      "tokenizer.ggml.token_type_count": uint32(2),
    },
    outer: {
      "output_norm.weight": [],
      "position_embd.weight": [width, contextTokens],
      "token_types.weight": [width, 2],
      "token_embd_norm.weight": [width],
      "token_embd_norm.bias": [width],
    },
    block: () => ({
      "attn_q.weight": [width, width],
      "attn_q.bias": [width],
      "attn_k.weight": [width, width],
      "attn_k.bias": [width],
      "attn_v.weight": [width, width],
      "attn_v.bias": [width],
      "attn_output.weight": [width, width],
      "attn_output.bias": [width],
      "attn_output_norm.weight": [width],
      "attn_output_norm.bias": [width],
      "ffn_up.weight": [width, wide],
      "ffn_up.bias": [wide],
      "ffn_down.weight": [wide, width],
      "ffn_down.bias": [width],
      "layer_output_norm.weight": [width],
      "layer_output_norm.bias": [width],
    }),
  },
} satisfies Record<string, Architecture>;

export type ArchitectureName = keyof typeof architectures;

/** Writes a loadable model of some hundred kilobytes with random weights. */
export async function writeArchitectureModel(path: string, name: ArchitectureName): Promise<void> {
  const architecture: Architecture = architectures[name];
  const blockCount = architecture.blockCount ?? 2;
  const key = name.split("-")[0] ?? name;
  const vocabulary = name === "bert" ? wordPieces() : bytePairs();
  const tokenTypes = vocabulary["tokenizer.ggml.token_type"];
  const vocabularySize = tokenTypes?.type === "array" ? tokenTypes.value.length : 0;
  const shapes = new Map<string, number[]>([
    ["token_embd.weight", [width, vocabularySize]],
    ["output_norm.weight", [width]],
    ...Object.entries(architecture.outer ?? {}),
  ]);
  for (let block = 0; block < blockCount; block++)
    for (const [part, shape] of Object.entries(architecture.block(block))) shapes.set(`blk.${block}.${part}`, shape);
  const tensors: GgufTensorSpec[] = [...shapes]
    .filter(([, shape]) => shape.length > 0)
    .map(([tensor, shape]) => ({ name: tensor, type: "F32", shape: [...shape].reverse() }));
  const parameters: Record<string, GgufValue> = {
    block_count: uint32(blockCount),
    context_length: uint32(contextTokens),
    embedding_length: uint32(width),
    feed_forward_length: uint32(wide),
    "attention.head_count": uint32(headCount),
    "attention.head_count_kv": uint32(2),
    "attention.layer_norm_rms_epsilon": float32(1e-5),
    "attention.layer_norm_epsilon": float32(1e-5),
    "rope.freq_base": float32(10_000),
    "rope.dimension_count": uint32(headLength),
    ...architecture.parameters,
  };
  const metadata = new Map<string, GgufValue>([
    ["general.architecture", string(key)],
    ["general.name", string("Random")],
    ["general.file_type", uint32(0)],
    ...Object.entries(parameters).map(([part, value]): [string, GgufValue] => [
      part.startsWith("tokenizer.") ? part : `${key}.${part}`,
      value,
    ]),
    ...Object.entries(vocabulary),
  ]);
  const writer = await GgufWriter.open(path, { metadata, tensors });
  const random = randomNumbers(1);
  for (const tensor of tensors) {
    const values = new Float32Array(tensorSizeBytes(tensor) / 4);
    const isNorm = /norm\.weight$/.test(tensor.name);
    for (let index = 0; index < values.length; index++) {
      // Embeddings that drown what the layers make of them would write the same token for ever.
      const value = random() * (tensor.name === "token_embd.weight" ? 0.05 : 0.5);
      // Of a state-space layer's decay, llama.cpp wants negative numbers.
      values[index] = /ssm_a$/.test(tensor.name) ? -Math.abs(value) : isNorm ? 1 + value / 4 : value;
    }
    await writer.append(tensor.name, new Uint8Array(values.buffer));
  }
  await writer.finish();
  await rename(writer.partialPath, path);
}

/** Numbers from -1 to 1. */
function randomNumbers(seed: number): () => number {
  const next = randomWords(seed);
  return () => next() / 2 ** 31 - 1;
}

/** The bytes as GPT-2 writes them. Source: openai/gpt-2 `src/encoder.py`, `bytes_to_unicode`. */
function byteCharacters(): string[] {
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
  let other = 0;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : 256 + other++));
}

function tokens(texts: readonly string[], types: readonly number[]): Record<string, GgufValue> {
  return {
    "tokenizer.ggml.tokens": { type: "array", itemType: "string", value: [...texts] },
    "tokenizer.ggml.token_type": { type: "array", itemType: "int32", value: Int32Array.from(types) },
  };
}

const controlTokens = ["<|begin|>", "<|end|>", "<|im_start|>", "<|im_end|>"];

function bytePairs(): Record<string, GgufValue> {
  const letters = "etaoinshrdlu";
  const pairs = [...letters].flatMap((letter) => [`Ġ ${letter}`, ...[...letters].map((next) => `${letter} ${next}`)]);
  const texts = [...byteCharacters(), ...pairs.map((pair) => pair.replace(" ", "")), ...controlTokens];
  const controlFrom = texts.length - controlTokens.length;
  return {
    "tokenizer.ggml.model": string("gpt2"),
    "tokenizer.ggml.pre": string("llama-bpe"),
    ...tokens(
      texts,
      texts.map((_, index) => (index >= controlFrom ? 3 : 1)),
    ),
    "tokenizer.ggml.merges": { type: "array", itemType: "string", value: pairs },
    "tokenizer.ggml.bos_token_id": uint32(controlFrom),
    "tokenizer.ggml.eos_token_id": uint32(controlFrom + 1),
    "tokenizer.ggml.add_bos_token": { type: "bool", value: true },
  };
}

function wordPieces(): Record<string, GgufValue> {
  const letters = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
  const texts = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...letters.map((letter) => `▁${letter}`), ...letters];
  return {
    "tokenizer.ggml.model": string("bert"),
    "tokenizer.ggml.pre": string("default"),
    ...tokens(
      texts,
      texts.map((_, index) => (index < 5 ? 3 : 1)),
    ),
    "tokenizer.ggml.bos_token_id": uint32(2),
    "tokenizer.ggml.eos_token_id": uint32(3),
    "tokenizer.ggml.unknown_token_id": uint32(1),
    "tokenizer.ggml.seperator_token_id": uint32(3),
    "tokenizer.ggml.padding_token_id": uint32(0),
    "tokenizer.ggml.cls_token_id": uint32(2),
    "tokenizer.ggml.mask_token_id": uint32(4),
  };
}
