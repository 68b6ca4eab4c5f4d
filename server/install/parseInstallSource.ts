import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type Catalog, type CatalogModel, findCatalogModel } from "../models/catalog.js";
import { AppError } from "../platform/AppError.js";
import { expandTilde } from "../platform/expandTilde.js";
import { type HubReference, parseHubReference } from "./hub/hubReference.js";
import { namesShippedModel, shippedMessage } from "./shippedModel.js";

/** What somebody who installs means. */
export type InstallSource =
  | { type: "catalog"; model: CatalogModel }
  | { type: "hub"; reference: HubReference }
  | { type: "url"; url: URL }
  | { type: "folder"; path: string }
  | { type: "file"; path: string };

/**
 * An address, something that is on this disk, a name from the catalog, or `owner/repository` on the hub, in this order. Paths are only
 * looked at when `allowPaths` is set: who asks through the page may not read this disk. Throws `install_source_invalid`, `install_unknown_model`,
 * or `bad_request` for the model that ships.
 */
export async function parseInstallSource(
  text: string,
  options: { catalog: Catalog; endpoint: URL; allowPaths: boolean; workingFolder?: string },
): Promise<InstallSource> {
  const trimmed = text.trim();
  // An unset variable of a script: as a path it would be the folder that the command runs in.
  if (trimmed === "")
    throw new AppError("install_source_invalid", "What is to be installed is empty.", {
      hint: "Give a name as llama.7B, owner/repository on the hub, an https:// address, a folder or a file.",
      field: "modelId",
    });
  if (/^(?!hf:)[a-z][a-z0-9+.-]+:\/\//i.test(trimmed)) return parseAddress(trimmed, options.endpoint);
  if (options.allowPaths) {
    const path = resolve(options.workingFolder ?? process.cwd(), expandTilde(trimmed));
    const found = await stat(path).catch((error: unknown) => refuseUnreadable(path, error));
    if (found?.isDirectory() === true) return { type: "folder", path };
    if (found?.isFile() === true) return { type: "file", path };
    if (/^([./~\\]|[a-z]:)|\.(gguf|bin|pth|safetensors)$/i.test(trimmed))
      throw new AppError("install_source_invalid", `There is no file or folder ${path}.`, { hint: "Check the path." });
  }
  const model = findCatalogModel(options.catalog, trimmed);
  if (model !== undefined) return { type: "catalog", model };
  if (namesShippedModel(trimmed))
    throw new AppError("bad_request", shippedMessage, {
      hint: "Choose it on the page, or talk to it in the terminal: cria chat demo",
      field: "modelId",
    });
  const reference = parseHubReference(trimmed, options.endpoint);
  if (reference !== undefined) return { type: "hub", reference };
  throw unknown(trimmed, options.catalog);
}

/** Throws `install_source_invalid` for what this user may not look at; what is not there may be a name. */
function refuseUnreadable(path: string, error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "EACCES")
    throw new AppError("install_source_invalid", `This user may not read ${path}.`, {
      hint: "Check the permissions of the file and of the folders above it.",
      cause: error,
    });
}

function parseAddress(text: string, endpoint: URL): InstallSource {
  let url: URL;
  try {
    url = new URL(text);
    // The model is named after it.
    decodeURIComponent(url.pathname);
  } catch (cause) {
    throw new AppError("install_source_invalid", `"${text}" is not an address.`, { cause });
  }
  const reference =
    url.protocol === "https:" || url.protocol === "http:" ? parseHubReference(text, endpoint) : undefined;
  if (reference !== undefined) return { type: "hub", reference };
  if (url.protocol !== "https:" || url.username !== "" || url.password !== "")
    throw new AppError("install_source_invalid", `Cria does not install from ${url.protocol}//${url.host}.`, {
      hint: "Give an https:// address without a password, a folder, a file, or owner/repository on the hub.",
    });
  return { type: "url", url };
}

/**
 * An address as everybody may see it who hears of the install, guests too: what stands behind its path may be a key that the server of
 * the file asks for ([T25]).
 */
export function withoutKeys(address: string): string {
  return address.replace(/[?#].*$/s, "");
}

/** Names what was probably meant. */
function unknown(text: string, catalog: Catalog): AppError {
  const ids = catalog.models.map((model) => model.id);
  const [family = ""] = text.toLowerCase().split(".");
  // A family without a size, or Dalai's size without a family.
  const related = ids.filter((id) =>
    [id.toLowerCase().startsWith(`${family}.`), id.toLowerCase().endsWith(`.${text.toLowerCase()}`)].includes(true),
  );
  return new AppError("install_unknown_model", `There is no model called "${text.slice(0, 100)}" in the catalog.`, {
    hint: `There are ${(related.length > 0 ? related : ids).join(", ")}. Anything on the hub installs as owner/repository.`,
    field: "modelId",
  });
}
