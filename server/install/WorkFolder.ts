import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { installingSuffix, modelFolder } from "../models/modelId.js";
import { makeFolder } from "../platform/makeFolder.js";
import { type InstallJob, installJobSchema, type RemotePart, remoteParts, sameSource } from "./InstallJob.js";

const jobFileName = "install.json";

/** Where an unfinished install keeps what it has: beside the model's folder, and never taken for a model. */
export class WorkFolder {
  /** The finished model's folder. */
  readonly modelPath: string;
  readonly path: string;

  /** Throws `bad_request` when `modelId` is none. */
  constructor(modelsPath: string, modelId: string) {
    this.modelPath = modelFolder(modelsPath, modelId);
    this.path = `${this.modelPath}${installingSuffix}`;
  }

  /** Where a part's files go: the base, what is added to it, its tokenizer, each in a folder of its own. */
  partPath(job: InstallJob, part: RemotePart): string {
    return join(this.path, `source-${remoteParts(job.source).indexOf(part)}`);
  }

  /** The finished weights, before they are moved into the model's folder. */
  get resultPath(): string {
    return join(this.path, "result.gguf");
  }

  /** How far the conversion got; written after the bytes it speaks of. */
  get journalPath(): string {
    return join(this.path, "convert.json");
  }

  /** The job of an earlier run that did not finish, if there is one that can be read. */
  async readJob(): Promise<InstallJob | undefined> {
    try {
      return installJobSchema.parse(JSON.parse(await readFile(join(this.path, jobFileName), "utf8")));
    } catch {
      return undefined;
    }
  }

  /** Makes the folder ready for `job`: what an earlier run left is kept where it serves this one. */
  async begin(job: InstallJob): Promise<void> {
    const earlier = await this.readJob();
    if (earlier === undefined || !sameSource(earlier.source, job.source)) await this.remove();
    else if (earlier.quantization !== job.quantization) await this.forgetResult();
    for (const part of remoteParts(job.source)) await makeFolder(this.partPath(job, part));
    await makeFolder(this.path);
    await writeFileAtomic(join(this.path, jobFileName), JSON.stringify(job, undefined, 2), { mode: 0o600 });
  }

  /** Drops what was converted, not what was fetched. */
  async forgetResult(): Promise<void> {
    for (const path of [this.journalPath, this.resultPath, `${this.resultPath}.partial`])
      await rm(path, { force: true });
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  /** Bytes that lie in the folder, holes in half-fetched files not counted. */
  async usedBytes(): Promise<number> {
    const sizes = await Promise.all(
      (await readdir(this.path, { recursive: true }).catch(() => [])).map(async (name) => {
        const found = await stat(join(this.path, name)).catch(() => undefined);
        // `blocks` counts in 512 bytes whatever the file system's own blocks are; Windows does not count them.
        return found?.isFile() === true ? (found.blocks > 0 ? found.blocks * 512 : found.size) : 0;
      }),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}
