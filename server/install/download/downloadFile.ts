import { constants } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { basename } from "node:path";
import { Download, type DownloadOptions, type DownloadRequest } from "./Download.js";
import {
  type DownloadState,
  loadDownloadState,
  partialPath,
  removeDownload,
  removeDownloadState,
} from "./DownloadState.js";
import { describeDiskError } from "./diskError.js";
import { ReplacedError } from "./ReplacedError.js";

export interface DownloadResult {
  sizeBytes: number;
  sha256: string;
  /** Bytes that came over the network in this run. */
  fetchedBytes: number;
}

/**
 * Fetches a file in parallel ranges, from where an earlier run (ended in whatever way) got to, and checks size and checksum. The file
 * appears under `path` only when it is whole. Throws `download_corrupt`, `download_failed`, `download_stalled`, `download_refused`,
 * `disk_full`, `home_not_writable`, what `errorFor` gives, or the signal's reason.
 */
export async function downloadFile(request: DownloadRequest, options: DownloadOptions): Promise<DownloadResult> {
  // What is pinned by its checksum may come from any address.
  const identity = request.sha256 ?? request.gitBlobId ?? request.url.href;
  let state = await loadDownloadState(request.path, identity, request.sizeBytes);
  let fetchedBytes = 0;
  for (;;) {
    const { download, file } = await start(request, options, identity, state);
    try {
      const digests = await download.run();
      fetchedBytes += download.fetchedBytes;
      const wrong = download.whatIsWrong(digests);
      options.growing?.suspend();
      if (wrong === undefined) {
        await file.sync();
        await file.close();
        await rename(partialPath(request.path), request.path);
        await removeDownloadState(request.path);
        return { sizeBytes: download.sizeBytes, sha256: digests.sha256, fetchedBytes };
      }
      await file.close();
      const used = (await options.growing?.drop()) === true;
      await removeDownload(request.path);
      // Bytes of an earlier run may have been spoilt on the disk since: fetch them all once more before giving up.
      if (state === undefined) throw wrong;
      if (used) throw new ReplacedError(basename(request.path));
      state = undefined;
    } catch (error) {
      options.growing?.suspend();
      await file.close().catch(() => undefined);
      throw await describeDiskError(error, request.path, download.missingBytes);
    }
  }
}

async function start(
  request: DownloadRequest,
  options: DownloadOptions,
  identity: string,
  state: DownloadState | undefined,
): Promise<{ download: Download; file: FileHandle }> {
  try {
    if (state === undefined) await removeDownload(request.path);
    const file = await open(partialPath(request.path), constants.O_RDWR | constants.O_CREAT, 0o600);
    return { file, download: new Download(request, options, file, identity, state) };
  } catch (error) {
    throw await describeDiskError(error, request.path, request.sizeBytes ?? 0);
  }
}
