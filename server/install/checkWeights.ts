import { AppError } from "../platform/AppError.js";
import { readGgufIndex } from "../weights/gguf/readGgufIndex.js";
import { type ModelSummary, readModelSummary } from "../weights/gguf/readModelSummary.js";
import type { InstallJob } from "./InstallJob.js";

/**
 * Reads the header of finished weights and compares it with what was asked for, before native code sees the file.
 * Throws `gguf_invalid`, `weights_unreadable`, `install_wrong_model`.
 */
export async function checkWeights(path: string, job: InstallJob): Promise<ModelSummary> {
  const summary = readModelSummary(await readGgufIndex(path));
  const { expected } = job;
  if (expected === undefined) return summary;
  const { shape } = expected;
  const wanted: [string, unknown, unknown][] = [
    ["architecture", expected.architecture, summary.architecture],
    ["layers", shape.layers, summary.blockCount],
    ["embedding width", shape.embedding, summary.embeddingLength],
    ["heads", shape.heads, summary.headCount],
    ["key/value heads", shape.keyValueHeads, summary.keyValueHeadCount],
    ["feed-forward width", shape.feedForward, summary.feedForwardLength],
    // Files of the same model differ in how they pad it.
    ["vocabulary", true, Math.abs(summary.vocabularySize - shape.vocabulary) <= 256],
  ];
  const different = wanted.filter(([, want, have]) => want !== have);
  if (different.length === 0) return summary;
  const [what, want, have] = different[0] ?? [];
  const numbers =
    what === "vocabulary" ? `${summary.vocabularySize} instead of ${shape.vocabulary}` : `${have} instead of ${want}`;
  throw new AppError("install_wrong_model", `What was downloaded is not ${job.name}: its ${what} is ${numbers}.`, {
    hint: "The source has other weights than the catalog says. Please report it, and install from another repository meanwhile.",
  });
}
