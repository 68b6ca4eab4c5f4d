import { createHash } from "node:crypto";
import { type FileHandle, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { type Manifest, manifestFileName, manifestSchema, weightsFileNameSchema } from "../models/manifest.js";
import { splitModelId } from "../models/modelId.js";
import { makeFolder } from "../platform/makeFolder.js";
import { version } from "../platform/version.js";
import type { ModelSummary } from "../weights/gguf/readModelSummary.js";
import { type InstallJob, type RemotePart, remoteParts } from "./InstallJob.js";
import type { WorkFolder } from "./WorkFolder.js";

/** Written before the weights are moved, so that a run that is killed in between finds them again. */
const finishedSchema = z.object({ file: weightsFileNameSchema, sizeBytes: z.int().min(1), sha256: z.string() });
type Finished = z.infer<typeof finishedSchema>;

const finishedPath = (work: WorkFolder) => join(work.path, "finished.json");

/** Weights that an earlier run moved into the model's folder without coming to the manifest: their path, or `undefined`. */
export async function findMovedWeights(work: WorkFolder): Promise<string | undefined> {
  try {
    const finished = finishedSchema.parse(JSON.parse(await readFile(finishedPath(work), "utf8")));
    const path = join(work.modelPath, finished.file);
    return (await stat(path)).size === finished.sizeBytes ? path : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Makes checked weights the model of the job's name: into its folder, then the manifest, and only then what was there before goes.
 * At every moment the folder's manifest names weights that are there, whole.
 */
export async function registerModel(
  work: WorkFolder,
  job: InstallJob,
  weights: { path: string; summary: ModelSummary; sha256: string | undefined },
  onProgress: (progress: number) => void,
): Promise<Manifest> {
  const { summary } = weights;
  const { size: sizeBytes } = await stat(weights.path);
  const sha256 = weights.sha256 ?? (await hashFile(weights.path, sizeBytes, onProgress));
  const name = splitModelId(job.modelId)?.name ?? "model";
  const quantization = summary.quantization ?? job.quantizationName ?? "unknown";
  // Named by what is in it: a reinstall never overwrites weights that are in use.
  const file = `${name}-${quantization.toLowerCase()}-${sha256.slice(0, 8)}.gguf`;
  const target = join(work.modelPath, file);
  await makeFolder(work.modelPath);
  if (weights.path !== target) {
    const finished: Finished = { file, sizeBytes, sha256 };
    await writeFileAtomic(finishedPath(work), JSON.stringify(finished), { mode: 0o600 });
    await rename(weights.path, target);
    await syncFolder(work.modelPath);
  }
  const guess = guessKind(job, summary);
  const manifest: Manifest = manifestSchema.parse({
    manifestVersion: 1,
    id: job.modelId,
    name: job.name,
    description: job.description,
    kind: job.kind ?? guess.kind,
    promptFormat: job.promptFormat ?? guess.promptFormat,
    file,
    sizeBytes,
    sha256,
    quantization,
    parameterCount: summary.parameterCount,
    contextTokens: summary.contextTokens,
    license: job.license ?? (summary.license === undefined ? undefined : { name: summary.license.slice(0, 200) }),
    sources: manifestSources(job),
    requestedQuantization: job.quantization,
    examplePrompts: job.examplePrompts,
    installedAt: new Date().toISOString(),
    tool: { name: "cria", version },
  } satisfies z.input<typeof manifestSchema>);
  await writeFileAtomic(join(work.modelPath, manifestFileName), `${JSON.stringify(manifest, undefined, 2)}\n`, {
    mode: 0o600,
  });
  await syncFolder(work.modelPath);
  await removeOtherWeights(work.modelPath, file);
  return manifest;
}

/** What weights are that the catalog does not know: those with a template chat, Alpaca's many children follow instructions. */
function guessKind({ modelId, name }: InstallJob, summary: ModelSummary): Pick<Manifest, "kind" | "promptFormat"> {
  if (summary.chatTemplate !== undefined) return { kind: "chat", promptFormat: "template" };
  if (/alpaca/i.test(`${modelId} ${name}`)) return { kind: "instruction", promptFormat: "alpaca" };
  return { kind: "completion", promptFormat: "raw" };
}

/** SHA-256 of a file as it lies on the disk. `onProgress` gets 0 to 1. */
export async function hashFile(
  path: string,
  sizeBytes: number,
  onProgress: (progress: number) => void,
): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path, "r");
  try {
    const buffer = Buffer.allocUnsafe(4 * 2 ** 20);
    for (let position = 0; ; ) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      position += bytesRead;
      onProgress(sizeBytes === 0 ? 1 : position / sizeBytes);
    }
    return hash.digest("hex");
  } finally {
    await file.close();
  }
}

function manifestSources(job: InstallJob): Manifest["sources"] {
  const { source } = job;
  if (source.type === "localFile" || source.type === "localFolder") return [{ name: source.path, files: [] }];
  return remoteParts(source).map((part: RemotePart) => ({
    name: part.name,
    ...(part.revision === undefined ? {} : { revision: part.revision }),
    files: part.weights.map(({ path, sizeBytes = 0, sha256 }) => ({
      path,
      sizeBytes,
      ...(sha256 === undefined ? {} : { sha256 }),
    })),
  }));
}

/** Weights of an earlier install; one that is open elsewhere (Windows) goes with the next install. */
async function removeOtherWeights(folder: string, keep: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name !== keep && /\.gguf$/i.test(name)) await rm(join(folder, name), { force: true }).catch(() => undefined);
}

/** Makes a rename durable; not every system can. */
async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle | undefined;
  try {
    folder = await open(path, "r");
    await folder.sync();
  } catch {
    // Windows opens no folders.
  } finally {
    await folder?.close();
  }
}
