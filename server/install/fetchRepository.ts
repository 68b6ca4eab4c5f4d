import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../platform/AppError.js";
import { version } from "../platform/version.js";
import { downloadFile } from "./download/downloadFile.js";
import { HttpClient } from "./download/HttpClient.js";
import { NetworkPolicy } from "./download/NetworkPolicy.js";
import { readProxySettings } from "./download/ProxySettings.js";
import { chooseCheckpoint } from "./hub/chooseCheckpoint.js";
import { HubClient } from "./hub/HubClient.js";
import type { HubReference } from "./hub/hubReference.js";
import { readHubSettings } from "./hub/hubSettings.js";

/**
 * Fetches the checkpoint or the adapter of a repository into a folder, from where an earlier run got to. `onProgress`: bytes there, of how
 * many. Throws the `hub_…` and `download_…` codes.
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
    await mkdir(folder, { recursive: true });
    const files = [...choice.descriptions, ...choice.weights];
    const totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
    let earlierBytes = 0;
    for (const file of files) {
      await downloadFile(
        {
          url: hub.fileUrl(repository, commit, file.path),
          // Only names that were matched against those of checkpoints come here.
          path: join(folder, file.path),
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
