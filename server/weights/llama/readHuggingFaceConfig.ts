import { AppError } from "../../platform/AppError.js";
import { checkParameters, type LlamaParameters, ParameterReader, type RopeScaling } from "./LlamaParameters.js";

/** `architectures` of config.json that have LLaMA's tensors and graph (llama.cpp's `conversion/llama.py`). */
const knownArchitectures = ["LlamaForCausalLM", "LLaMAForCausalLM", "MistralForCausalLM"];

/** The keys that are read by name here; all values are unchecked. */
export interface HuggingFaceConfig {
  readonly architectures?: unknown;
  readonly model_type?: unknown;
  readonly head_dim?: unknown;
  readonly hidden_act?: unknown;
  readonly quantization_config?: unknown;
  readonly rope_parameters?: unknown;
  readonly rope_scaling?: unknown;
  readonly [key: string]: unknown;
}

interface RopeConfig {
  readonly rope_type?: unknown;
  readonly type?: unknown;
  readonly [key: string]: unknown;
}

/**
 * The parameters in a Hugging Face config.json. Throws `architecture_unsupported`, and `checkpoint_invalid` for values
 * that no model has. Defaults are those of transformers' `LlamaConfig`.
 */
export function readHuggingFaceConfig(config: HuggingFaceConfig): LlamaParameters {
  checkArchitecture(config);
  const reader = new ParameterReader("config.json", config);
  const embeddingLength = reader.count("hidden_size");
  const headCount = reader.count("num_attention_heads");
  const headLengthIsExplicit = typeof config.head_dim === "number";
  if (!headLengthIsExplicit && embeddingLength % headCount !== 0)
    reader.fail(`"hidden_size" ${embeddingLength} is not a multiple of "num_attention_heads" ${headCount}`);
  const rope = readRope(config, reader);
  return checkParameters(reader, {
    contextTokens: reader.count("max_position_embeddings", 2048),
    embeddingLength,
    blockCount: reader.count("num_hidden_layers"),
    feedForwardLength: reader.count("intermediate_size"),
    headCount,
    keyValueHeadCount: reader.count("num_key_value_heads", headCount),
    headLength: headLengthIsExplicit ? reader.count("head_dim") : embeddingLength / headCount,
    headLengthIsExplicit,
    vocabularySize: reader.count("vocab_size"),
    rmsEpsilon: reader.positive("rms_norm_eps", 1e-6),
    ropeTheta: rope.theta,
    ropeScaling: rope.scaling,
    tiedEmbeddings: reader.flag("tie_word_embeddings"),
  });
}

function checkArchitecture(config: HuggingFaceConfig): void {
  const architectures = Array.isArray(config.architectures) ? config.architectures : [];
  const named = architectures.find((name) => typeof name === "string");
  const known = named === undefined ? config.model_type === "llama" : knownArchitectures.includes(named);
  const kind = typeof config.model_type === "string" ? config.model_type : "unknown";
  if (!known)
    throw new AppError("architecture_unsupported", `The architecture "${named ?? kind}" cannot be converted.`, {
      hint: `Known are ${knownArchitectures.join(", ")}. Look for a GGUF file of the model: Cria runs many more of those.`,
    });
  if (typeof config.quantization_config === "object" && config.quantization_config !== null)
    throw new AppError(
      "checkpoint_invalid",
      "The checkpoint is quantized already, in a way that cannot be converted.",
      {
        hint: "Look for the model's F16 or BF16 weights, or for a GGUF file of it.",
      },
    );
  const activation = config.hidden_act;
  if (typeof activation === "string" && activation !== "silu")
    throw new AppError(
      "architecture_unsupported",
      `The model's activation function is "${activation}" instead of "silu".`,
      {
        hint: "It has LLaMA's name but not its shape. Look for a GGUF file of the model.",
      },
    );
}

/** `rope_theta` and `rope_scaling` on the outside, or both in `rope_parameters` since transformers 5. */
function readRope(config: HuggingFaceConfig, outer: ParameterReader) {
  const nested = config.rope_parameters ?? config.rope_scaling;
  const values = typeof nested === "object" && nested !== null ? (nested as RopeConfig) : {};
  const reader = new ParameterReader("config.json", values);
  const theta = reader.optionalPositive("rope_theta") ?? outer.positive("rope_theta", 10_000);
  return { theta, scaling: readScaling(values, reader, outer) };
}

function readScaling(values: RopeConfig, reader: ParameterReader, outer: ParameterReader): RopeScaling | undefined {
  const type = values.rope_type ?? values.type ?? "default";
  const original = () =>
    reader.count("original_max_position_embeddings", outer.optionalPositive("original_max_position_embeddings"));
  switch (type) {
    case "default":
      return undefined;
    // Dynamic scaling changes nothing up to the trained context, and llama.cpp does not have it.
    case "dynamic":
      return undefined;
    case "linear":
      return { type: "linear", factor: reader.positive("factor") };
    case "llama3":
      return {
        type: "llama3",
        factor: reader.positive("factor", 8),
        lowFrequencyFactor: reader.positive("low_freq_factor", 1),
        highFrequencyFactor: reader.positive("high_freq_factor", 4),
        originalContextTokens: reader.count("original_max_position_embeddings", 8192),
      };
    case "yarn": {
      const optional = {
        extensionFactor: reader.optionalPositive("extrapolation_factor"),
        attentionFactor: reader.optionalPositive("attention_factor") ?? reader.optionalPositive("attn_factor"),
        betaFast: reader.optionalPositive("beta_fast"),
        betaSlow: reader.optionalPositive("beta_slow"),
      };
      const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
      return { type: "yarn", factor: reader.positive("factor"), originalContextTokens: original(), ...given };
    }
    default:
      throw new AppError("architecture_unsupported", `The model's RoPE scaling ${JSON.stringify(type)} is not known.`, {
        hint: "Known are linear, llama3 and yarn. Look for a GGUF file of the model.",
      });
  }
}
