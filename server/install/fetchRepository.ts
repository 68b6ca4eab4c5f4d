import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { AppError } from "../platform/AppError.js";
import { makeFolder } from "../platform/makeFolder.js";
import { version } from "../platform/version.js";
import { downloadFile } from "./download/downloadFile.js";
import { HttpClient } from "./download/HttpClient.js";
import { NetworkPolicy } from "./download/NetworkPolicy.js";
import { readProxySettings } from "./download/ProxySettings.js";
import { chooseCheckpoint } from "./hub/chooseCheckpoint.js";
import { HubClient } from "./hub/HubClient.js";
import type { HubReference } from "./hub/hubReference.js";
import { readHubSettings } from "./hub/hubSettings.js";

/** Lies beside what is fetched and says of which commit it is. */
const originFileName = "origin.json";

/**
 * Fetches the checkpoint or the adapter of a repository into a folder of its own, from where an earlier run got to. `onProgress`: bytes
 * there, of how many. Throws the `hub_…` and `download_…` codes, and `bad_request` for a folder that holds something else.
 */
export async function fetchRepository(
  { repository, revision }: HubReference,
  folder: string,
  options: { signal: AbortSignal; onProgress: (doneBytes: number, totalBytes: number, fileName: string) => void },
): Promise<void> {
  const settings = readHubSettings();
  const http = new HttpClient({
    policy: new NetworkPolicy(settings),
    token: settings.token,
    userAgent: `cria/${version}`,
    proxy: readProxySettings(),
  });
  try {
    const hub = new HubClient(http, settings);
    const { commit } = await hub.getRepository(repository, revision, options.signal);
    const choice = chooseCheckpoint(repository, await hub.listFiles(repository, commit, options.signal));
    if (choice === undefined)
      throw new AppError("install_source_invalid", `${repository} has no checkpoint.`, {
        hint: "Choose one with model.safetensors, pytorch_model.bin or adapter_model files.",
      });
    await begin(folder, { repository, commit });
    const files = [...choice.descriptions, ...choice.weights];
    const totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
    let earlierBytes = 0;
    for (const file of files) {
      // Only names that were matched against those of checkpoints come here.
      const path = join(folder, file.path);
      // A file gets its name only after its checksum was found right.
      if ((await stat(path).catch(() => undefined))?.isFile() === true) {
        earlierBytes += file.sizeBytes;
        continue;
      }
      await downloadFile(
        {
          url: hub.fileUrl(repository, commit, file.path),
          path,
          sizeBytes: file.sizeBytes,
          sha256: file.sha256,
          gitBlobId: file.gitBlobId,
          maxBytes: file.sizeBytes,
          errorFor: (answer) => hub.fileError(answer, repository, file.path),
        },
        {
          http,
          signal: options.signal,
          onProgress: (doneBytes) => options.onProgress(earlierBytes + doneBytes, totalBytes, file.path),
        },
      );
      earlierBytes += file.sizeBytes;
    }
  } finally {
    await http.close();
  }
}

/** Makes the folder ready: files of another repository or another commit would be taken for parts of this one. */
async function begin(folder: string, origin: { repository: string; commit: string }): Promise<void> {
  const path = join(folder, originFileName);
  const wanted = JSON.stringify(origin);
  const found = await readFile(path, "utf8").catch(() => undefined);
  if (found === wanted) return;
  if (found === undefined && (await readdir(folder).catch(() => [])).length > 0)
    throw new AppError("bad_request", `${folder} is to hold what is fetched, but has other files in it.`, {
      hint: "Move it away, or give the result another name.",
    });
  await rm(folder, { recursive: true, force: true });
  await makeFolder(folder);
  await writeFileAtomic(path, wanted);
}
