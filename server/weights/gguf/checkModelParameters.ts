import type { GgufMetadata } from "./GgufValue.js";

/** LLAMA_MAX_EXPERTS */
const expertsMax = 1024;
/** LLAMA_MAX_LAYERS: lists have one value per layer. */
const layersMax = 512;
/** Source: LLAMA_ROPE_SCALING_TYPES in llama.cpp's `src/llama-model.cpp`. */
const ropeScalingTypes = ["none", "linear", "yarn", "longrope"];

/**
 * Numbers that llama.cpp asserts, which would end the process that loads the model, beside those that a summary has.
 * `fail` gets what is wrong. Source: `llama_model_base::load_hparams` in llama.cpp's `src/llama-model.cpp`.
 */
export function checkModelParameters(
  metadata: GgufMetadata,
  architecture: string,
  blockCount: number,
  fail: (problem: string) => never,
): void {
  /** The largest and the smallest where layers differ; `undefined` where nothing is said. */
  const range = (key: string): { least: number; most: number } | undefined => {
    const entry = metadata.get(`${architecture}.${key}`);
    if (entry === undefined) return undefined;
    const isList = entry.type === "array" && (entry.itemType === "uint32" || entry.itemType === "int32");
    if (isList && entry.value.length <= layersMax) {
      const values: number[] = [...entry.value];
      return { least: Math.min(...values), most: Math.max(0, ...values) };
    }
    const value = typeof entry.value === "number" ? entry.value : Number.NaN;
    return { least: value, most: value };
  };
  const most = (key: string) => range(key)?.most ?? 0;

  const experts = most("expert_count");
  const used = most("expert_used_count");
  const groups = most("expert_group_count");
  const groupsUsed = most("expert_group_used_count");
  if (experts > expertsMax || used > experts || (experts > 0 && used < 1))
    fail(`it says that ${used} of ${experts} experts are used`);
  if (groups > 0 && groups >= experts) fail(`it says that ${experts} experts are in ${groups} groups`);
  if (groups > 1 && (experts % groups !== 0 || groupsUsed < 1 || groupsUsed >= groups))
    fail(`it says that ${groupsUsed} of ${groups} groups of ${experts} experts are used`);
  if (most("nextn_predict_layers") >= blockCount)
    fail(`it says that ${most("nextn_predict_layers")} of its ${blockCount} layers predict further tokens`);

  const scaling = metadata.get(`${architecture}.rope.scaling.type`)?.value;
  if (scaling !== undefined && !ropeScalingTypes.includes(String(scaling)))
    fail(`its RoPE scaling is ${JSON.stringify(scaling)?.slice(0, 40)}`);

  // Other architectures have layers without attention or feed-forward part.
  if (architecture !== "llama") return;
  for (const key of ["attention.head_count", "attention.head_count_kv", "feed_forward_length"]) {
    const found = range(key);
    const missing = found === undefined && key === "feed_forward_length";
    if (missing || (found !== undefined && !(found.least >= 1))) fail(`"llama.${key}" is ${found?.least ?? "missing"}`);
  }
}
