import { basename } from "node:path";
import { AppError } from "../platform/AppError.js";
import { ggufError } from "../weights/gguf/ggufError.js";
import { inspectGguf } from "../weights/gguf/inspectGguf.js";
import { alignUp } from "../weights/gguf/readGgufHeader.js";
import type { GgufIndex } from "../weights/gguf/readGgufIndex.js";
import type { ModelSummary } from "../weights/gguf/readModelSummary.js";
import type { LlamaParameters } from "../weights/llama/LlamaParameters.js";
import type { InstallJob } from "./InstallJob.js";

/** Files end at a multiple of their own alignment, 32 bytes nearly always; some programs fill up to a memory page. */
const fillAlignmentBytes = 4096;

/**
 * Reads the header of finished weights and compares it with what was asked for, before native code sees the file.
 * Throws `gguf_invalid`, `weights_unreadable`, `install_wrong_model`.
 */
export async function checkWeights(path: string, job: InstallJob): Promise<ModelSummary> {
  const { index, summary } = await inspectGguf(path);
  refuseExtraBytes(path, index);
  compare(job, {
    architecture: summary.architecture,
    layers: summary.blockCount,
    embedding: summary.embeddingLength,
    heads: summary.headCount,
    keyValueHeads: summary.keyValueHeadCount,
    feedForward: summary.feedForwardLength,
    vocabulary: summary.vocabularySize,
  });
  return summary;
}

/**
 * The engine does not look behind the last tensor: bytes there are those of a file that was put together wrongly. Those that only fill
 * up a page are left alone.
 */
function refuseExtraBytes(path: string, { tensors, paths, sizeBytes }: GgufIndex): void {
  const ends = paths.map(() => 0);
  for (const { part, offset, sizeBytes: length } of tensors.values())
    ends[part] = Math.max(ends[part] ?? 0, offset + length);
  const extraBytes = sizeBytes - ends.reduce((sum, end) => sum + alignUp(end, fillAlignmentBytes), 0);
  if (extraBytes > 0)
    throw ggufError(basename(path), `after the last tensor there are some ${extraBytes} bytes that belong to nothing`);
}

/** The same for a checkpoint's configuration, before its weights are fetched. Throws `install_wrong_model`. */
export function checkModel(parameters: LlamaParameters, job: InstallJob): void {
  compare(job, {
    architecture: "llama",
    layers: parameters.blockCount,
    embedding: parameters.embeddingLength,
    heads: parameters.headCount,
    keyValueHeads: parameters.keyValueHeadCount,
    feedForward: parameters.feedForwardLength,
    vocabulary: parameters.vocabularySize,
  });
}

interface Found {
  architecture: string;
  layers: number;
  embedding: number;
  heads: number;
  keyValueHeads: number;
  feedForward: number;
  vocabulary: number;
}

/** Files of the same model differ a little in how they pad the vocabulary. */
const vocabularyTolerance = 256;

const names: Record<keyof Found, string> = {
  architecture: "architecture",
  layers: "number of layers",
  embedding: "embedding's width",
  heads: "number of heads",
  keyValueHeads: "number of key/value heads",
  feedForward: "feed-forward width",
  vocabulary: "vocabulary",
};

function compare({ expected, name }: InstallJob, found: Found): void {
  if (expected === undefined) return;
  const wanted: Found = { ...expected.shape, architecture: expected.architecture };
  for (const key of Object.keys(names) as (keyof Found)[]) {
    const [want, have] = [wanted[key], found[key]];
    const near = key === "vocabulary" ? Math.abs(Number(want) - Number(have)) <= vocabularyTolerance : want === have;
    if (near) continue;
    throw new AppError(
      "install_wrong_model",
      `What was found is not ${name}: its ${names[key]} is ${have} instead of ${want}.`,
      {
        hint: "The source has other weights than the catalog says. Please report it, and install from another repository meanwhile.",
      },
    );
  }
}
