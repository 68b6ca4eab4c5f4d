import { join } from "node:path";
import { AppError } from "../platform/AppError.js";
import type { InstallActivity } from "../protocol/install.js";
import { type DownloadResult, downloadFile } from "./download/downloadFile.js";
import type { GrowingFile } from "./download/GrowingFile.js";
import type { HttpResponse } from "./download/HttpClient.js";
import type { InstallContext } from "./InstallContext.js";
import type { RemotePart, SourceFile } from "./InstallJob.js";

/** More than any model's file has. */
const maxFileBytes = 2e12;

/** Fetches one file of a part into `folder`, from where an earlier run got to. Throws what `downloadFile` throws. */
export async function fetchFile(
  context: Pick<InstallContext, "http" | "hub" | "signal" | "meter" | "download">,
  part: RemotePart,
  file: SourceFile,
  folder: string,
  onProgress: (doneBytes: number, totalBytes: number) => void,
  growing?: GrowingFile,
): Promise<DownloadResult> {
  const { http, signal, meter, download } = context;
  return await downloadFile(
    {
      url: new URL(file.url),
      path: join(folder, file.localName),
      sizeBytes: file.sizeBytes,
      sha256: file.sha256,
      gitBlobId: file.gitBlobId,
      maxBytes: maxFileBytes,
      errorFor: sourceError(context, part, file),
    },
    {
      http,
      signal,
      settings: download,
      growing,
      onProgress,
      onRetry: (error, delayMs) =>
        meter.say({ code: "retrying", error: error.toInfo(), delaySeconds: Math.ceil(delayMs / 1000) }),
    },
  );
}

/** That a file is being fetched, for those who watch. */
export function fetching({ name: source }: RemotePart, { localName, sizeBytes }: SourceFile): InstallActivity {
  return { code: "fetching", file: localName, source, ...(sizeBytes === undefined ? {} : { sizeBytes }) };
}

/** The error for an answer to a request for the file that is no success. */
export function sourceError(
  { hub }: Pick<InstallContext, "hub">,
  { repository }: RemotePart,
  file: SourceFile,
): (answer: HttpResponse) => AppError {
  return (answer) => (repository === undefined ? addressError(answer) : hub.fileError(answer, repository, file.path));
}

function addressError({ url, status }: HttpResponse): AppError {
  if (status === 404 || status === 410)
    return new AppError("hub_not_found", `${url.host} has no such file (status ${status}).`, {
      hint: "Check the address.",
    });
  if (status === 401 || status === 403)
    return new AppError("hub_unauthorized", `${url.host} refuses the file (status ${status}).`, {
      hint: "Download it yourself, for instance in the browser, and install the file from the disk.",
    });
  return new AppError("hub_failed", `${url.host} answered with status ${status}.`, {
    hint: "Start again in a while: it goes on where it stopped.",
  });
}
