import { AppError } from "../../platform/AppError.js";

/** PEFT's adapter_config.json; all values are unchecked. */
interface AdapterConfig {
  readonly peft_type?: unknown;
  readonly lora_alpha?: unknown;
  readonly alpha_pattern?: unknown;
  readonly use_rslora?: unknown;
  readonly init_lora_weights?: unknown;
  readonly [key: string]: unknown;
}

/** How strongly an adapter changes each matrix. */
export interface AdapterScaling {
  /** `module` is the matrix's path in the model, as `model.layers.0.self_attn.q_proj`. */
  scalingOf(module: string, rank: number): number;
}

/** Kinds of adapters that are more than a product of two matrices, and what asks for them. */
const unsupported: Record<string, (value: unknown) => boolean> = {
  use_dora: (value) => value === true,
  lora_bias: (value) => value === true,
  use_qalora: (value) => value === true,
  bias: (value) => typeof value === "string" && value !== "none",
  enable_lora: (value) => Array.isArray(value),
  layer_replication: (value) => Array.isArray(value) && value.length > 0,
  megatron_config: (value) => typeof value === "object" && value !== null,
};

/** Ways to begin the training that change the base model too. */
const changesBase = /^(pissa|olora|corda|loftq)/i;

/** Throws `checkpoint_invalid` for what cannot be merged. */
export function readAdapterConfig(config: AdapterConfig): AdapterScaling {
  const fail = (problem: string): never => {
    throw new AppError("checkpoint_invalid", `The adapter cannot be merged: ${problem}.`, {
      hint: "Merge it with PEFT (merge_and_unload) and convert the result, or look for merged weights.",
    });
  };
  if (config.peft_type !== "LORA")
    fail(`its kind is ${JSON.stringify(config.peft_type) ?? "unknown"} instead of "LORA"`);
  for (const [key, asked] of Object.entries(unsupported))
    if (asked(config[key])) fail(`"${key}" is ${JSON.stringify(config[key])}`);
  const { lora_alpha: alpha, init_lora_weights: start } = config;
  if (typeof start === "string" && changesBase.test(start)) fail(`"init_lora_weights" is "${start}"`);
  if (typeof alpha !== "number" || !Number.isFinite(alpha)) return fail('"lora_alpha" is no number');
  const patterns = readPatterns(config.alpha_pattern, fail);
  return {
    scalingOf(module, rank) {
      const own = patterns.find(({ suffix }) => module === suffix || module.endsWith(`.${suffix}`))?.alpha ?? alpha;
      return own / (config.use_rslora === true ? Math.sqrt(rank) : rank);
    },
  };
}

/** `{"q_proj": 32}`: PEFT allows expressions as keys, of which only the usual ends of paths are taken. */
function readPatterns(value: unknown, fail: (problem: string) => never): { suffix: string; alpha: number }[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).map(([suffix, alpha]) => {
    if (typeof alpha !== "number" || !/^[\w.]+$/.test(suffix))
      return fail(`"alpha_pattern" has the entry ${JSON.stringify(suffix)}`);
    return { suffix, alpha };
  });
}
