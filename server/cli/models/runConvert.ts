import { rename, rm, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { convertModel } from "../../install/convertModel.js";
import { fetchRepository } from "../../install/fetchRepository.js";
import { formatBytes } from "../../install/formatBytes.js";
import { readHubSettings } from "../../install/hub/hubSettings.js";
import { joinGguf, openLocalSplitGguf } from "../../install/joinGguf.js";
import { openLocalSource } from "../../install/openLocalSource.js";
import { parseInstallSource } from "../../install/parseInstallSource.js";
import { loadCatalog } from "../../models/catalog.js";
import { AppError } from "../../platform/AppError.js";
import type { Quantization } from "../../protocol/install.js";
import { addDiff } from "../../weights/addDiff.js";
import { openLocalFiles } from "../../weights/CheckpointFiles.js";
import type { LlamaModel } from "../../weights/convertToGguf.js";
import { partPaths } from "../../weights/gguf/readGgufIndex.js";
import { mergeLora } from "../../weights/lora/mergeLora.js";
import { openAdapter } from "../../weights/lora/openAdapter.js";
import { openCheckpoint } from "../../weights/openCheckpoint.js";
import { quantizeGguf } from "../../weights/quantize/quantizeGguf.js";
import { printEvent } from "./InstallView.js";
import { refuseToOverwrite } from "./refuseToOverwrite.js";
import { readQuantization, readThreads } from "./runInstalls.js";
import { TaskBar } from "./TaskBar.js";

export interface ConvertFlags {
  quantize?: unknown;
  addDiff?: unknown;
  lora?: unknown;
  threads?: unknown;
  force?: boolean;
  json?: boolean;
}

/** Does what `cria convert` says. Throws what reading, converting and fetching throw. */
export async function runConvert(source: string, out: string, flags: ConvertFlags, signal: AbortSignal): Promise<void> {
  const outPath = resolve(out);
  const quantization = readQuantization(flags.quantize);
  const threadCount = readThreads(flags.threads);
  await refuseToOverwrite(outPath, flags.force === true);
  const bar = new TaskBar(flags.json === true);
  const fetched: string[] = [];
  /** A path of this disk; what lies on the hub is fetched into a folder beside the result first. */
  const toPath = async (text: string): Promise<string> => {
    const means = await parseInstallSource(text, {
      catalog: loadCatalog(),
      endpoint: readHubSettings().endpoint,
      allowPaths: true,
    }).catch((error: unknown) => {
      // Names of the catalog are no checkpoints either.
      throw error instanceof AppError && error.code === "install_unknown_model" ? noCheckpoint(text) : error;
    });
    if (means.type === "file" || means.type === "folder") return means.path;
    if (means.type !== "hub") throw noCheckpoint(text);
    const folder = `${outPath}.source-${fetched.length}`;
    fetched.push(folder);
    await fetchRepository(means.reference, folder, {
      signal,
      onProgress: (done, total, file) => bar.show(`Fetching ${file}`, done, total),
    });
    return folder;
  };
  try {
    const path = await toPath(source);
    const name = basename(fetched.length > 0 ? source : path).replace(/\.[a-z0-9]+$/i, "");
    const diffPath = flags.addDiff === undefined ? undefined : await toPath(String(flags.addDiff));
    const loraPath = flags.lora === undefined ? undefined : await toPath(String(flags.lora));
    const local = await openLocalSource(path, name);
    const onProgress = (done: number, total: number) => bar.show("Converting", done, total);
    if (local.type === "gguf") {
      if (diffPath !== undefined || loraPath !== undefined)
        throw new AppError("install_source_invalid", "Nothing can be added to a GGUF file.", {
          hint: "Give the checkpoint that it was made of.",
        });
      await convertGguf(local.path, outPath, quantization, { threadCount, signal, onProgress });
    } else
      await convertCheckpoint(local.model, { diffPath, loraPath }, outPath, quantization, {
        threadCount,
        signal,
        onProgress,
      });
  } catch (error) {
    throw await withKept(error, fetched);
  } finally {
    bar.end();
    await rm(`${outPath}.partial`, { force: true });
  }
  for (const folder of fetched) await rm(folder, { recursive: true, force: true });
  const { size } = await stat(outPath);
  if (flags.json === true) printEvent({ event: "converted", path: outPath, sizeBytes: size });
  else console.log(`${outPath}: ${formatBytes(size)}`);
}

function noCheckpoint(text: string): AppError {
  return new AppError("install_source_invalid", `"${text}" is no checkpoint: no file or folder, and no repository.`, {
    hint: "Check the path, or give owner/repository.",
  });
}

/** An error that says where what was fetched lies: the folders are large, and the next run goes on with them. */
async function withKept(error: unknown, folders: readonly string[]): Promise<AppError> {
  const known = AppError.from(error);
  const { code, message, hint, cause } = known;
  const there = [];
  for (const folder of folders) if ((await stat(folder).catch(() => undefined)) !== undefined) there.push(folder);
  if (there.length === 0) return known;
  const kept = `What was fetched is kept in ${there.join(" and ")}: the same command goes on with it.`;
  return new AppError(code, message, { hint: hint === undefined ? kept : `${hint}\n${kept}`, cause });
}

interface Work {
  threadCount: number;
  signal: AbortSignal;
  onProgress: (done: number, total: number) => void;
}

async function convertCheckpoint(
  base: LlamaModel,
  added: { diffPath: string | undefined; loraPath: string | undefined },
  outPath: string,
  quantization: Quantization | undefined,
  { threadCount, signal, onProgress }: Work,
): Promise<void> {
  let model = base;
  try {
    if (added.diffPath !== undefined) model = addDiff(model, await openCheckpoint(added.diffPath, { name: base.name }));
    if (added.loraPath !== undefined) model = mergeLora(model, await openAdapter(await openLocalFiles(added.loraPath)));
    const target = quantization ?? model.fileType ?? "F16";
    const { partialPath } = await convertModel(
      model,
      outPath,
      target === model.fileType ? undefined : (quantization ?? "F16"),
      {
        threadCount,
        signal,
        onProgress: ({ bytesDone, bytesTotal }) => onProgress(bytesDone, bytesTotal),
      },
    );
    await rename(partialPath, outPath);
  } finally {
    await model.source.close();
  }
}

async function convertGguf(
  path: string,
  outPath: string,
  quantization: Quantization | undefined,
  work: Work,
): Promise<void> {
  if (quantization !== undefined)
    await quantizeGguf(path, outPath, quantization, {
      ...work,
      onProgress: ({ bytesWritten, sizeBytes }) => work.onProgress(bytesWritten, sizeBytes),
    });
  else if (partPaths(path).length > 1) {
    const split = await openLocalSplitGguf(path);
    try {
      await joinGguf(split, outPath, {
        signal: work.signal,
        onProgress: ({ bytesDone, bytesTotal }) => work.onProgress(bytesDone, bytesTotal),
      });
    } finally {
      await split.source.close();
    }
    await rename(`${outPath}.partial`, outPath);
  } else
    throw new AppError("install_source_invalid", `${path} is a GGUF file already.`, {
      hint: "Say what to quantize it to (--quantize Q4_K_M), or install it as it is.",
    });
}
