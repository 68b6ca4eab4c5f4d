import type { Manifest } from "../models/manifest.js";
import { AppError } from "../platform/AppError.js";
import { type InstallJob, remoteParts } from "./InstallJob.js";

/**
 * Two repositories may have models of the same name. What was asked for by a name of the catalog takes the place of whatever has it; weights
 * from anywhere else only that of weights from the same place: another version, another quantization. So it is for what is installed and
 * for what was begun and not finished. Throws `bad_request`.
 */
export function refuseOther(job: InstallJob, installed: Manifest | undefined, begun: InstallJob | undefined): void {
  if (job.expected !== undefined) return;
  const place = placeOf(baseName(job));
  const had = installed?.sources[0]?.name;
  if (had !== undefined && placeOf(had) !== place)
    throw new AppError("bad_request", `${job.modelId} is installed already, from ${had}.`, {
      hint: "Remove that one first, or give this one another name (--as family.NAME). --force puts it in its place.",
      field: "as",
    });
  const unfinished = begun === undefined ? undefined : placeOf(baseName(begun));
  if (unfinished !== undefined && unfinished !== place)
    throw new AppError("bad_request", `${job.modelId} was begun already, from ${unfinished}, and is not finished.`, {
      hint: "Go on with that one or remove it first, or give this one another name (--as family.NAME). --force puts it in its place.",
      field: "as",
    });
}

function baseName({ source }: InstallJob): string {
  return source.type === "localFile" || source.type === "localFolder"
    ? source.path
    : (remoteParts(source)[0]?.name ?? "");
}

/** Without the query: addresses that are signed have another one every day. */
function placeOf(name: string): string {
  return /^https?:/i.test(name) ? (name.split("?")[0] ?? name) : name;
}
