import type { SourceTensor, TensorSource } from "../TensorSource.js";
import { checkNames, checkShape } from "./checkTensors.js";
import type { LlamaParameters } from "./LlamaParameters.js";
import { llamaTensors } from "./llamaTensors.js";
import { permuteRotaryRows } from "./permuteRotaryRows.js";

/**
 * A transformers checkpoint under GGUF's names and in its order of rows. Throws `checkpoint_invalid` when tensors are
 * missing, unknown or of the wrong shape.
 */
export function mapHuggingFace(source: TensorSource, parameters: LlamaParameters): TensorSource {
  const wanted = llamaTensors(parameters);
  checkNames(source.tensors.keys(), new Map(wanted.map((tensor) => [tensor.huggingFaceName, tensor])));
  const tensors = new Map<string, SourceTensor>();
  for (const { name, huggingFaceName, shape, rotaryHeads } of wanted) {
    const tensor = source.tensors.get(huggingFaceName);
    if (tensor === undefined) continue;
    checkShape(huggingFaceName, tensor.shape, shape);
    // transformers ignores what a file has here when the model says that the embedding is the output.
    if (name === "output.weight" && parameters.tiedEmbeddings) continue;
    tensors.set(name, { ...(rotaryHeads === undefined ? tensor : permuteRotaryRows(tensor, rotaryHeads)), name });
  }
  return { tensors, close: () => source.close() };
}
