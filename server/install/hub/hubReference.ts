import { repositorySchema } from "../../models/catalog.js";
import { AppError } from "../../platform/AppError.js";

/** What a user means by `owner/repo`, `owner/repo:Q4_K_M`, `owner/repo@revision`, `hf.co/owner/repo`, or a page's address on the hub. */
export interface HubReference {
  repository: string;
  revision: string;
  /** As typed: the quantization to choose among a repository's GGUF files. */
  quantization: string | undefined;
  /** Set when the address names one file. */
  path: string | undefined;
}

const revisionPattern = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,120}$/;
const quantizationPattern = /^[A-Za-z0-9_]{1,20}$/;

/** Hugging Face's own names: behind a mirror they stand for it, since they are what people copy. */
const hubNames = /^(?:https?:\/\/)?(?:www\.)?(?:huggingface\.co|hf\.co)\/(?=[^/])/i;

/** The reference, or `undefined` when `text` does not look like one (a path, another host's address). Throws `install_source_invalid`. */
export function parseHubReference(text: string, endpoint: URL): HubReference | undefined {
  const onHub = text.replace(hubNames, `${endpoint.origin}/`);
  if (/^https?:\/\//i.test(onHub)) return parseAddress(onHub, endpoint);
  return parseName(text);
}

function parseName(text: string): HubReference | undefined {
  const match = /^(?:hf:(?:\/\/)?)?([^/\s:@]+\/[^/\s:@]+)(?:@([^\s:]+))?(?::([^\s:]*))?$/.exec(text);
  const [, repository = "", revision = "main", quantization] = match ?? [];
  if (match === null || repository.startsWith(".") || repository.startsWith("~")) return undefined;
  check(repositorySchema.safeParse(repository).success, `"${repository}" is not the name of a repository.`);
  check(isRevision(revision), `"${revision}" is not a revision.`);
  check(
    quantization === undefined || quantizationPattern.test(quantization),
    `"${quantization}" is not a quantization.`,
  );
  return { repository, revision, quantization: quantization?.toUpperCase(), path: undefined };
}

/** `https://hub/owner/repo`, `…/tree/<revision>`, `…/blob/<revision>/<file>`, `…/resolve/<revision>/<file>`. */
function parseAddress(text: string, endpoint: URL): HubReference | undefined {
  const url = new URL(text);
  if (url.origin !== endpoint.origin) return undefined;
  const [owner = "", name = "", verb, revision = "main", ...path] = url.pathname.split("/").slice(1).map(decode);
  const repository = `${owner}/${name}`;
  if (verb === undefined || verb === "") return parseName(repository);
  if (!repositorySchema.safeParse(repository).success) return undefined;
  check(["tree", "blob", "resolve"].includes(verb), `The address ${text} is no page of a repository's files.`);
  check(isRevision(revision), `"${revision}" is not a revision.`);
  return {
    repository,
    revision,
    quantization: undefined,
    path: verb === "tree" ? undefined : path.join("/") || undefined,
  };
}

function isRevision(text: string): boolean {
  return revisionPattern.test(text) && !text.includes("..") && !text.includes("//");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

function check(condition: boolean, message: string): void {
  if (!condition)
    throw new AppError("install_source_invalid", message, {
      hint: "Write owner/repository, such as TheBloke/TinyLlama-1.1B-Chat-v1.0-GGUF:Q4_K_M.",
    });
}
