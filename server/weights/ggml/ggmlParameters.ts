import type { LlamaParameters } from "../llama/LlamaParameters.js";
import { ggmlError } from "./ggmlError.js";
import type { GgmlFormat, GgmlHeader } from "./readGgmlHeader.js";
import type { GgmlTensorInfo } from "./readGgmlTensors.js";

/**
 * The model's shape. What the file's hyper-parameters do not say follows from its tensors, and where those do not say it
 * either from what models of the file's time had. `normEpsilon` is what a params.json beside the file says.
 * Throws `ggml_invalid`.
 */
export function ggmlParameters(
  { format, hyperparameters }: GgmlHeader,
  parts: readonly (readonly GgmlTensorInfo[])[],
  fileName: string,
  normEpsilon: number | undefined,
): LlamaParameters {
  const { vocabularySize, embeddingLength, headCount, layerCount, rotaryLength } = hyperparameters;
  /** Rows of a matrix that is split by rows over the parts. */
  const rowsOf = (name: string): number => {
    let rows = 0;
    for (const tensors of parts) {
      const shape = tensors.find((tensor) => tensor.name === name)?.shape;
      if (shape?.length !== 2) throw ggmlError(fileName, `it has no matrix "${name}"`);
      rows += shape[0] ?? 0;
    }
    return rows;
  };
  const keyRows = rowsOf("layers.0.attention.wk.weight");
  const keyValueHeadCount = keyRows / rotaryLength;
  if (!Number.isInteger(keyValueHeadCount) || headCount % keyValueHeadCount !== 0)
    throw ggmlError(fileName, `${headCount} heads cannot share ${keyRows} rows of keys evenly`);
  // Only LLaMA 2 of 70B shares key/value heads among the models of that time.
  const isLlama2 = keyValueHeadCount !== headCount;
  return {
    contextTokens: isLlama2 ? 4096 : 2048,
    embeddingLength,
    blockCount: layerCount,
    feedForwardLength: rowsOf("layers.0.feed_forward.w1.weight"),
    headCount,
    keyValueHeadCount,
    headLength: rotaryLength,
    headLengthIsExplicit: false,
    vocabularySize,
    rmsEpsilon: normEpsilon ?? (isLlama2 ? 1e-5 : usualEpsilon(format)),
    ropeTheta: 10_000,
    ropeScaling: undefined,
    tiedEmbeddings: !parts.some((tensors) => tensors.some(({ name }) => name === "output.weight")),
  };
}

/**
 * LLaMA 1 has 1e-6, LLaMA 2 1e-5. Files of `ggjt` v3 can be either and do not say which; llama.cpp ran both with 5e-6 then
 * (`convert_llama_ggml_to_gguf.py` still does). Older files are older than LLaMA 2.
 */
function usualEpsilon(format: GgmlFormat): number {
  return format === "ggjt-v3" ? 5e-6 : 1e-6;
}
