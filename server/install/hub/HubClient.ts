import { z } from "zod";
import { AppError } from "../../platform/AppError.js";
import { isTransientStatus, type RetryOptions, retry, retryAfterMs, TransientError } from "../../platform/retry.js";
import type { HttpClient, HttpResponse } from "../download/HttpClient.js";
import { networkError } from "../download/networkError.js";
import { readBody } from "../download/readBody.js";
import { hubError } from "./hubError.js";
import type { HubSettings } from "./hubSettings.js";

/** A file of a repository at one commit. */
export interface RepositoryFile {
  /** Inside the repository; remote text, so never part of a local path unless it was checked. */
  path: string;
  sizeBytes: number;
  /** Known for large files (LFS and Xet), as 64 hexadecimal digits. */
  sha256: string | undefined;
  /** Known for small files: git's blob id, SHA-1 over `blob <size>\0` and the content. */
  gitBlobId: string | undefined;
}

export interface Repository {
  /** The commit that `revision` stands for now. */
  commit: string;
  license: string | undefined;
}

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const repositoryAnswer = z.object({
  sha: hex(40),
  cardData: z.object({ license: z.unknown(), license_name: z.unknown() }).partial().nullish(),
});
const treeAnswer = z
  .array(
    z.object({
      type: z.string(),
      path: z.string().max(4096),
      size: z.int().min(0).optional(),
      oid: z.string().optional(),
      lfs: z.object({ oid: hex(64), size: z.int().min(0) }).nullish(),
    }),
  )
  .max(20_000);

const maxAnswerBytes = 32 * 2 ** 20;
const maxPages = 50;

/** What the installer asks of the Hugging Face hub. */
export class HubClient {
  readonly #http: HttpClient;
  readonly #settings: HubSettings;
  readonly #retry: Partial<RetryOptions>;

  constructor(http: HttpClient, settings: HubSettings, retryOptions: Partial<RetryOptions> = {}) {
    this.#http = http;
    this.#settings = settings;
    this.#retry = retryOptions;
  }

  /** Pins a revision to a commit. Throws the `hub_…` codes. */
  async getRepository(repository: string, revision: string, signal?: AbortSignal): Promise<Repository> {
    const url = this.#url(`api/models/${repository}/revision/${encodeURIComponent(revision)}`);
    const { json } = await this.#getJson(url, { repository, revision }, signal);
    const answer = this.#parse(repositoryAnswer, json);
    const license = answer.cardData?.license_name ?? answer.cardData?.license;
    return { commit: answer.sha, license: typeof license === "string" ? license.slice(0, 100) : undefined };
  }

  /** Every file of the repository at that commit, over all pages. Throws the `hub_…` codes. */
  async listFiles(repository: string, commit: string, signal?: AbortSignal): Promise<RepositoryFile[]> {
    const files: RepositoryFile[] = [];
    let url: URL | undefined = this.#url(`api/models/${repository}/tree/${commit}?recursive=true`);
    for (let page = 0; url !== undefined && page < maxPages; page++) {
      const { json, headers } = await this.#getJson(url, { repository, revision: commit }, signal);
      for (const entry of this.#parse(treeAnswer, json))
        if (entry.type === "file")
          files.push({
            path: entry.path,
            sizeBytes: entry.lfs?.size ?? entry.size ?? 0,
            sha256: entry.lfs?.oid,
            gitBlobId: entry.lfs == null && /^[0-9a-f]{40}$/.test(entry.oid ?? "") ? entry.oid : undefined,
          });
      url = nextPage(headers.link, url);
    }
    return files;
  }

  /** Where a file's bytes are: the hub itself answers for small ones and redirects to its file servers for large ones. */
  fileUrl(repository: string, commit: string, path: string): URL {
    return this.#url(`${repository}/resolve/${commit}/${path.split("/").map(encodeURIComponent).join("/")}`);
  }

  /** The error for an answer to a file's request. */
  fileError(answer: { status: number; headers: Record<string, string> }, repository: string, path: string): AppError {
    return hubError(answer, this.#about({ repository, path }));
  }

  #url(path: string): URL {
    return new URL(`${this.#settings.endpoint.href.replace(/\/+$/, "")}/${path}`);
  }

  #about(about: { repository: string; revision?: string; path?: string }) {
    return { ...about, hasToken: this.#settings.token !== undefined, endpoint: this.#settings.endpoint };
  }

  async #getJson(
    url: URL,
    about: { repository: string; revision: string },
    signal: AbortSignal | undefined,
  ): Promise<{ json: unknown; headers: Record<string, string> }> {
    if (this.#settings.offline)
      throw new AppError("hub_failed", "HF_HUB_OFFLINE is set, so the hub is not asked.", {
        hint: "Unset it, or install from a folder or file on this disk.",
      });
    return await retry(
      async () => {
        const answer = await this.#get(url, signal);
        const text = (await readBody(answer, maxAnswerBytes)).toString("utf8");
        if (answer.status === 200) return { json: parseJson(text), headers: answer.headers };
        const error = hubError(answer, this.#about(about));
        throw isTransientStatus(answer.status) ? new TransientError(error, retryAfterMs(answer.headers)) : error;
      },
      { ...this.#retry, ...(signal === undefined ? {} : { signal }) },
    );
  }

  async #get(url: URL, signal: AbortSignal | undefined): Promise<HttpResponse> {
    try {
      return await this.#http.get({
        url,
        headers: { accept: "application/json" },
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      throw networkError(error, url.host);
    }
  }

  #parse<T>(schema: z.ZodType<T>, json: unknown): T {
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    throw new AppError("hub_failed", `${this.#settings.endpoint.host} does not answer as the Hugging Face hub does.`, {
      hint: "Check HF_ENDPOINT.",
      cause: parsed.error,
    });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The next page in a `Link` header; never on another host. */
function nextPage(link: string | undefined, current: URL): URL | undefined {
  const match = /<([^>]+)>\s*;[^,]*rel="?next"?/.exec(link ?? "");
  if (match?.[1] === undefined) return undefined;
  const url = new URL(match[1], current);
  return url.origin === current.origin ? url : undefined;
}
