import { AppError } from "../platform/AppError.js";
import { addDiff } from "../weights/addDiff.js";
import type { CheckpointFiles } from "../weights/CheckpointFiles.js";
import type { LlamaModel } from "../weights/convertToGguf.js";
import { openGgml } from "../weights/ggml/openGgml.js";
import { mergeLora } from "../weights/lora/mergeLora.js";
import { openAdapter } from "../weights/lora/openAdapter.js";
import { openCheckpoint } from "../weights/openCheckpoint.js";
import type { TensorSource } from "../weights/TensorSource.js";
import type { InstallJob } from "./InstallJob.js";
import { ParameterSum } from "./ParameterSum.js";
import type { PartFiles } from "./PartFiles.js";

/** A job's source, opened: what to convert, and which files its tensors come from. */
export interface SourceModel {
  model: LlamaModel;
  /** Parts whose files can go one after the other, with the tensors that say which file they are in. */
  tracked: { files: PartFiles; source: TensorSource }[];
  /** Where upstream published a sum of all weights. */
  sum: ParameterSum | undefined;
}

/**
 * Opens a checkpoint whose files are still to come, with what is added to it, or old ggml files. `parts` are those of `remoteParts`.
 * Throws what the readers of the formats throw.
 */
export async function openSourceModel(
  { source, name }: InstallJob,
  parts: readonly PartFiles[],
  earlierSums: Readonly<Record<string, number>>,
): Promise<SourceModel> {
  const [base, second, third] = parts;
  if (base === undefined) throw new AppError("internal", "A source has a base.");
  if (source.type === "legacy") return { model: await openLegacy(name, base, second), tracked: [], sum: undefined };
  if (source.type !== "checkpoint") throw new AppError("internal", "Only checkpoints are converted.");
  const baseModel = await openCheckpoint(base, { name });
  try {
    const tracked = [{ files: base, source: baseModel.source }];
    const diff = source.addDiff === undefined ? undefined : second;
    const lora = source.lora === undefined ? undefined : (third ?? second);
    let model: LlamaModel = baseModel;
    let sum: ParameterSum | undefined;
    if (diff !== undefined) {
      const diffModel = await openCheckpoint(diff, { name });
      tracked.push({ files: diff, source: diffModel.source });
      const recovered = addDiff(baseModel, diffModel);
      if (source.addDiff?.expectedParameterSum !== undefined) sum = new ParameterSum(recovered, earlierSums);
      model = sum?.model ?? recovered;
    }
    if (lora !== undefined) {
      // Small, and needed from the first tensor to the last.
      lora.readWeights();
      model = mergeLora(model, await openAdapter(lora));
    }
    return { model, tracked, sum };
  } catch (error) {
    await baseModel.source.close();
    throw error;
  }
}

/** Old files describe themselves from beginning to end, so they are fetched before they are opened. */
async function openLegacy(name: string, base: PartFiles, tokenizer: PartFiles | undefined): Promise<LlamaModel> {
  base.readWeights();
  tokenizer?.readWeights();
  const files: CheckpointFiles = {
    name: base.name,
    fileNames: new Set([...base.fileNames, ...(tokenizer?.fileNames ?? [])]),
    open: (file) => (base.fileNames.has(file) || tokenizer === undefined ? base : tokenizer).open(file),
  };
  const [first = ""] = base.fileNames;
  return { ...(await openGgml(files, first)), name };
}
