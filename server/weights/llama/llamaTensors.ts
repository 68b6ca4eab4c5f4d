import type { LlamaParameters } from "./LlamaParameters.js";

/** One tensor of a LLaMA model under its three names. */
export interface LlamaTensor {
  /** In GGUF files. Source: llama.cpp `gguf-py/gguf/constants.py` (TENSOR_NAMES). */
  readonly name: string;
  /** In transformers' checkpoints. */
  readonly huggingFaceName: string;
  /** In Meta's checkpoints; biases do not occur there. */
  readonly metaName: string | undefined;
  /** Row-major `[rows, columns]`, `[rows, columns]` being `[outputs, inputs]`; norms and biases are `[values]`. */
  readonly shape: readonly number[];
  /** Checkpoints may lack it. */
  readonly optional: boolean;
  /**
   * transformers stores each head's rows with the two halves of every rotary pair apart; GGUF's `llama` architecture and
   * Meta's files have the pairs together. The number of heads that the rows belong to; undefined where rows stay put.
   */
  readonly rotaryHeads: number | undefined;
}

/** All tensors that a model of this shape can have, in the order in which they are written. */
export function llamaTensors(parameters: LlamaParameters): LlamaTensor[] {
  const { embeddingLength, vocabularySize, blockCount } = parameters;
  const tensors: LlamaTensor[] = [];
  const add = (
    name: string,
    huggingFaceName: string,
    metaName: string | undefined,
    shape: number[],
    optional = false,
    rotaryHeads?: number,
  ) => tensors.push({ name, huggingFaceName, metaName, shape, optional, rotaryHeads });

  add("token_embd.weight", "model.embed_tokens.weight", "tok_embeddings.weight", [vocabularySize, embeddingLength]);
  for (let block = 0; block < blockCount; block += 1) addBlock(add, block, parameters);
  add("output_norm.weight", "model.norm.weight", "norm.weight", [embeddingLength]);
  add("output.weight", "lm_head.weight", "output.weight", [vocabularySize, embeddingLength], parameters.tiedEmbeddings);
  return tensors;
}

type Add = (
  name: string,
  huggingFaceName: string,
  metaName: string | undefined,
  shape: number[],
  optional?: boolean,
  rotaryHeads?: number,
) => void;

function addBlock(add: Add, block: number, parameters: LlamaParameters): void {
  const { embeddingLength, feedForwardLength, headCount, keyValueHeadCount, headLength } = parameters;
  const queryLength = headCount * headLength;
  const keyLength = keyValueHeadCount * headLength;
  const matrix = (name: string, hugging: string, meta: string, rows: number, columns: number, heads?: number) => {
    const huggingName = `model.layers.${block}.${hugging}`;
    add(
      `blk.${block}.${name}.weight`,
      `${huggingName}.weight`,
      `layers.${block}.${meta}.weight`,
      [rows, columns],
      false,
      heads,
    );
    add(`blk.${block}.${name}.bias`, `${huggingName}.bias`, undefined, [rows], true, heads);
  };
  const norm = (name: string, hugging: string, meta: string) =>
    add(`blk.${block}.${name}.weight`, `model.layers.${block}.${hugging}.weight`, `layers.${block}.${meta}.weight`, [
      embeddingLength,
    ]);

  norm("attn_norm", "input_layernorm", "attention_norm");
  matrix("attn_q", "self_attn.q_proj", "attention.wq", queryLength, embeddingLength, headCount);
  matrix("attn_k", "self_attn.k_proj", "attention.wk", keyLength, embeddingLength, keyValueHeadCount);
  matrix("attn_v", "self_attn.v_proj", "attention.wv", keyLength, embeddingLength);
  matrix("attn_output", "self_attn.o_proj", "attention.wo", embeddingLength, queryLength);
  norm("ffn_norm", "post_attention_layernorm", "ffn_norm");
  matrix("ffn_gate", "mlp.gate_proj", "feed_forward.w1", feedForwardLength, embeddingLength);
  matrix("ffn_down", "mlp.down_proj", "feed_forward.w2", embeddingLength, feedForwardLength);
  matrix("ffn_up", "mlp.up_proj", "feed_forward.w3", feedForwardLength, embeddingLength);
}
