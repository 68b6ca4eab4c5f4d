import { checkParameters, type LlamaParameters, ParameterReader } from "./LlamaParameters.js";

/** The keys that are read by name here; all values are unchecked. */
export interface MetaParams {
  readonly model?: unknown;
  readonly vocab_size?: unknown;
  readonly [key: string]: unknown;
}

/**
 * The parameters in Meta's params.json. `vocabularySize` is the number of rows that the weights have, since LLaMA 1 and 2
 * say -1; `contextTokens`, which the file never says, is guessed from the generation unless it is given.
 * Throws `checkpoint_invalid`.
 */
export function readMetaParams(
  params: MetaParams,
  {
    vocabularySize,
    contextTokens,
    tiedEmbeddings = false,
  }: { vocabularySize: number; contextTokens?: number; tiedEmbeddings?: boolean },
): LlamaParameters {
  // Some downloads have everything inside "model".
  const inner = params.model;
  const values = typeof inner === "object" && inner !== null ? (inner as MetaParams) : params;
  const reader = new ParameterReader("params.json", values);
  const embeddingLength = reader.count("dim");
  const headCount = reader.count("n_heads");
  if (embeddingLength % headCount !== 0)
    reader.fail(`"dim" ${embeddingLength} is not a multiple of "n_heads" ${headCount}`);
  const stated = values.vocab_size;
  if (typeof stated === "number" && stated > 0 && stated !== vocabularySize)
    reader.fail(`"vocab_size" is ${stated}, but the weights have ${vocabularySize} tokens`);
  const ropeTheta = reader.positive("rope_theta", 10_000);
  const rmsEpsilon = reader.positive("norm_eps");
  const scaled = reader.flag("use_scaled_rope");
  return checkParameters(reader, {
    contextTokens: contextTokens ?? guessContext(ropeTheta, rmsEpsilon, scaled),
    embeddingLength,
    blockCount: reader.count("n_layers"),
    feedForwardLength: feedForwardLength(reader, embeddingLength),
    headCount,
    keyValueHeadCount: reader.count("n_kv_heads", headCount),
    headLength: embeddingLength / headCount,
    headLengthIsExplicit: false,
    vocabularySize,
    rmsEpsilon,
    ropeTheta,
    // Meta's code has these numbers built in; LLaMA 3.2's small models state their larger factor.
    ropeScaling: scaled
      ? {
          type: "llama3",
          factor: reader.positive("rope_scaling_factor", 8),
          lowFrequencyFactor: reader.positive("low_freq_factor", 1),
          highFrequencyFactor: reader.positive("high_freq_factor", 4),
          originalContextTokens: 8192,
        }
      : undefined,
    tiedEmbeddings,
  });
}

/** Source: `FeedForward` in Meta's model.py. */
function feedForwardLength(reader: ParameterReader, embeddingLength: number): number {
  const multiplier = reader.optionalPositive("ffn_dim_multiplier");
  const multipleOf = reader.count("multiple_of", 256);
  let length = Math.trunc((2 * 4 * embeddingLength) / 3);
  if (multiplier !== undefined) length = Math.trunc(multiplier * length);
  return Math.ceil(length / multipleOf) * multipleOf;
}

/** As llama.cpp's converters for Meta's files: the generations differ in these numbers. */
function guessContext(ropeTheta: number, rmsEpsilon: number, scaled: boolean): number {
  if (scaled) return 131_072; // LLaMA 3.1 and later
  if (ropeTheta === 500_000) return 8192; // LLaMA 3
  if (ropeTheta === 1_000_000) return 16_384; // Code LLaMA
  return rmsEpsilon === 1e-5 ? 4096 : 2048; // LLaMA 2, LLaMA 1
}
