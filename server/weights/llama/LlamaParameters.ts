import { AppError } from "../../platform/AppError.js";

/** How positions beyond the trained context are squeezed into it. */
export type RopeScaling =
  | { readonly type: "linear"; readonly factor: number }
  | {
      readonly type: "yarn";
      readonly factor: number;
      readonly originalContextTokens: number;
      readonly extensionFactor?: number;
      readonly attentionFactor?: number;
      readonly betaFast?: number;
      readonly betaSlow?: number;
    }
  | {
      readonly type: "llama3";
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalContextTokens: number;
    };

/** The shape of a model of the LLaMA architecture. */
export interface LlamaParameters {
  readonly contextTokens: number;
  readonly embeddingLength: number;
  readonly blockCount: number;
  readonly feedForwardLength: number;
  readonly headCount: number;
  readonly keyValueHeadCount: number;
  /** Values per head; `headCount * headLength` need not be `embeddingLength`. */
  readonly headLength: number;
  /** The checkpoint says `headLength` itself, so the GGUF file does too. */
  readonly headLengthIsExplicit: boolean;
  /** Rows of the embedding. */
  readonly vocabularySize: number;
  readonly rmsEpsilon: number;
  readonly ropeTheta: number;
  readonly ropeScaling: RopeScaling | undefined;
  /** There is no output matrix: the embedding serves as one. */
  readonly tiedEmbeddings: boolean;
}

/** Reads one checked number after the other out of a checkpoint's configuration. */
export class ParameterReader {
  readonly #fileName: string;
  readonly #values: Record<string, unknown>;

  constructor(fileName: string, values: Record<string, unknown>) {
    this.#fileName = fileName;
    this.#values = values;
  }

  /** A whole number from 1 to 2^31-1; `fallback` where the key is missing or null. */
  count(key: string, fallback?: number): number {
    const value = this.#values[key] ?? fallback;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > 0x7fff_ffff)
      this.fail(`"${key}" is ${describe(value)} instead of a whole number of at least 1`);
    return value;
  }

  /** A finite number above 0. */
  positive(key: string, fallback?: number): number {
    const value = this.#values[key] ?? fallback;
    if (typeof value !== "number" || !Number.isFinite(value) || value <= 0)
      this.fail(`"${key}" is ${describe(value)} instead of a number above 0`);
    return value;
  }

  optionalPositive(key: string): number | undefined {
    return this.#values[key] === undefined || this.#values[key] === null ? undefined : this.positive(key);
  }

  flag(key: string): boolean {
    return this.#values[key] === true;
  }

  fail(problem: string): never {
    throw new AppError("checkpoint_invalid", `In "${this.#fileName}" ${problem}.`, {
      hint: "The file is damaged, or belongs to another model: download it again.",
    });
  }
}

function describe(value: unknown): string {
  return value === undefined ? "missing" : (JSON.stringify(value)?.slice(0, 40) ?? "nothing");
}

/** What llama.cpp's kernels need, wherever the numbers come from. */
export function checkParameters(reader: ParameterReader, parameters: LlamaParameters): LlamaParameters {
  const { headCount, keyValueHeadCount, headLength, blockCount } = parameters;
  if (headCount % keyValueHeadCount !== 0)
    reader.fail(`${headCount} heads cannot share ${keyValueHeadCount} key/value heads evenly`);
  if (headLength % 2 !== 0) reader.fail(`heads have ${headLength} values, which is not even`);
  // LLAMA_MAX_LAYERS
  if (blockCount > 512) reader.fail(`there are ${blockCount} layers; llama.cpp can run at most 512`);
  return parameters;
}
