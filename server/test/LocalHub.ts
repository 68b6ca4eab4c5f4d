import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type HubFault, type HubFaultAction, HubFaults } from "./hubFaults.js";
import { type FileContent, type SendOptions, sendFile } from "./sendFile.js";

/** A request that the hub or its file server got. */
export interface HubRequest {
  host: "hub" | "cdn";
  /** For the file server: the file's path in its repository. */
  path: string;
  range: string | undefined;
  authorization: string | undefined;
  status: number;
  /** Of the file's body. */
  sentBytes: number;
}

interface HubFile {
  content: FileContent;
  sizeBytes: number;
  sha256: string;
  gitBlobId: string;
  large: boolean;
}

interface HubRepository {
  commit: string;
  files: Map<string, HubFile>;
  license: string | undefined;
  /** The token that may read it; everybody when absent. */
  token: string | undefined;
  gated: boolean;
}

export interface LocalRepositoryOptions {
  license?: string;
  token?: string;
  gated?: boolean;
  /** Files from this size on lie on the file server, as LFS files do. */
  largeFromBytes?: number;
}

/** Where a hub says that it is. */
export interface LocalHubOptions {
  /** A name that leads here only for those who are told so; left out: this machine's address. */
  hostname?: string;
  /** Speak https with this certificate. */
  tls?: { key: string; cert: string };
}

/**
 * A hub on this machine that speaks the Hugging Face hub's API: repository information, the paged file tree with LFS checksums, `resolve`
 * addresses that redirect to a second host for large files, ranges, etags, error codes. It does wrong what a test asks it to.
 */
export class LocalHub {
  readonly requests: HubRequest[] = [];
  /** At most so many bytes of files a second and connection; unlimited when `undefined`. */
  bytesPerSecond: number | undefined;
  /** The same for all connections together. */
  totalBytesPerSecond: number | undefined;
  /** Called whenever bytes of a file were sent, with how many in all: the moment to do something to whoever is fetching. */
  onSent: ((totalBytes: number) => void) | undefined;
  /** Entries on a page of the file tree. */
  pageSize = 1000;
  readonly #repositories = new Map<string, HubRepository>();
  readonly #faults = new HubFaults();
  #freeAtMs = 0;
  #hold: { afterBytes: number; released: Promise<void>; release: () => void } | undefined;
  readonly #options: LocalHubOptions;
  readonly #hub: Server;
  readonly #cdn: Server;

  private constructor(options: LocalHubOptions) {
    this.#options = options;
    const listenWith = (listener: RequestListener) =>
      options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
    this.#hub = listenWith((request, response) => this.#answer("hub", request, response));
    this.#cdn = listenWith((request, response) => this.#answer("cdn", request, response));
  }

  static async start(options: LocalHubOptions = {}): Promise<LocalHub> {
    const hub = new LocalHub(options);
    for (const server of [hub.#hub, hub.#cdn]) {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    }
    return hub;
  }

  /** What HF_ENDPOINT must say. */
  get endpoint(): string {
    return this.#origin(this.#hub);
  }

  get cdnOrigin(): string {
    return this.#origin(this.#cdn);
  }

  #origin(server: Server): string {
    const { hostname = "127.0.0.1", tls } = this.#options;
    return `http${tls === undefined ? "" : "s"}://${hostname}:${port(server)}`;
  }

  /** Adds a repository, or replaces it by a new commit. */
  add(name: string, files: Record<string, FileContent>, options: LocalRepositoryOptions = {}): void {
    const entries = Object.entries(files).map(
      ([path, content]) => [path, describe(content, options.largeFromBytes ?? 1024)] as const,
    );
    const commit = createHash("sha1")
      .update(`${name} ${JSON.stringify(entries.map(([path, file]) => [path, file.sha256]))}`)
      .digest("hex");
    this.#repositories.set(name, {
      commit,
      files: new Map(entries),
      license: options.license,
      token: options.token,
      gated: options.gated ?? false,
    });
  }

  /** Adds the files of a folder as a repository without holding them in memory. */
  async addFolder(name: string, folder: string, options: LocalRepositoryOptions = {}): Promise<void> {
    const files: Record<string, FileContent> = {};
    for (const file of (await readdir(folder)).sort()) {
      const path = join(folder, file);
      const hash = createHash("sha256");
      for await (const bytes of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(bytes);
      files[file] = { path, sizeBytes: (await stat(path)).size, sha256: hash.digest("hex") };
    }
    this.add(name, files, options);
  }

  #sending(log: HubRequest, fault: HubFaultAction | undefined): SendOptions {
    const onSent = (bytes: number) => {
      log.sentBytes += bytes;
      this.onSent?.(this.sentBytes());
    };
    return { fault, bytesPerSecond: this.bytesPerSecond, onSent, pace: (bytes) => this.#pace(bytes) };
  }

  async #pace(bytes: number): Promise<void> {
    if (this.#hold !== undefined && this.sentBytes() + bytes > this.#hold.afterBytes) await this.#hold.released;
    if (this.totalBytesPerSecond === undefined) return;
    const nowMs = performance.now();
    this.#freeAtMs = Math.max(nowMs, this.#freeAtMs) + (bytes / this.totalBytesPerSecond) * 1000;
    if (this.#freeAtMs - nowMs > 5) await wait(this.#freeAtMs - nowMs);
  }

  /** Sends some so many bytes of files more, and nothing after them until `release`: whoever fetches cannot get past them. */
  holdAfter(bytes: number): void {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#hold = { afterBytes: this.sentBytes() + bytes, released, release };
  }

  release(): void {
    this.#hold?.release();
    this.#hold = undefined;
  }

  fail(fault: HubFault): void {
    this.#faults.add(fault);
  }

  heal(): void {
    this.#faults.clear();
  }

  /** Bytes of files that were sent, of one path or of all. */
  sentBytes(path = ""): number {
    return this.requests.reduce((sum, request) => sum + (request.path.includes(path) ? request.sentBytes : 0), 0);
  }

  async close(): Promise<void> {
    this.release();
    for (const server of [this.#hub, this.#cdn]) {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    }
  }

  #answer(host: "hub" | "cdn", request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", host === "hub" ? this.endpoint : this.cdnOrigin);
    const path = decodeURIComponent(host === "hub" ? url.pathname : (url.searchParams.get("path") ?? ""));
    const log: HubRequest = {
      host,
      path,
      range: request.headers.range,
      authorization: request.headers.authorization,
      status: 0,
      sentBytes: 0,
    };
    this.requests.push(log);
    response.on("error", () => {});
    const fault = this.#faults.pick(host, path);
    if (fault?.type === "run") fault.run();
    if (fault?.type === "status") response.writeHead(fault.status, fault.headers).end();
    else if (fault?.type === "redirect") response.writeHead(302, { location: fault.location }).end();
    else if (host === "cdn") this.#answerFile(url, request, response, log, fault);
    else this.#answerHub(url, request, response, log, fault);
    log.status = response.statusCode;
  }

  #answerHub(
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
    log: HubRequest,
    fault: HubFaultAction | undefined,
  ) {
    const [, repositoryName = "", verb, revision = "", rest = ""] =
      /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree)\/([^/]+)$/.exec(decodeURI(url.pathname)) ??
      /^\/([^/]+\/[^/]+)\/(resolve)\/([^/]+)\/(.+)$/.exec(decodeURI(url.pathname)) ??
      [];
    const repository = this.#repositories.get(repositoryName);
    const token = request.headers.authorization?.replace(/^Bearer /, "");
    const mayRead = repository?.token === undefined || repository.token === token;
    if (verb === undefined || repository === undefined || (!mayRead && !repository.gated))
      return refuse(response, token === undefined ? 401 : 404, "RepoNotFound", "Repository not found");
    if (revision !== "main" && revision !== repository.commit)
      return refuse(response, 404, "RevisionNotFound", `Invalid rev id: ${revision}`);
    if (verb === "revision") {
      const cardData = repository.license === undefined ? undefined : { license: repository.license };
      return sendJson(response, {
        id: repositoryName,
        sha: repository.commit,
        gated: repository.gated ? "auto" : false,
        cardData,
      });
    }
    if (verb === "tree") return this.#answerTree(url, repository, response);
    if (!mayRead)
      return refuse(response, token === undefined ? 401 : 403, "GatedRepo", "Access to this model is restricted");
    const file = repository.files.get(decodeURIComponent(rest));
    if (file === undefined) return refuse(response, 404, "EntryNotFound", "Entry not found");
    response.setHeader("x-repo-commit", repository.commit);
    if (!file.large) {
      response.setHeader("etag", `"${file.gitBlobId}"`);
      return sendFile(file.content, file.sizeBytes, request, response, this.#sending(log, fault));
    }
    const location = new URL(
      `/repos/${file.sha256}?path=${encodeURIComponent(rest)}&repository=${encodeURIComponent(repositoryName)}`,
      this.cdnOrigin,
    );
    response
      .writeHead(302, { location: location.href, "x-linked-size": file.sizeBytes, "x-linked-etag": `"${file.sha256}"` })
      .end();
  }

  #answerTree(url: URL, repository: HubRepository, response: ServerResponse) {
    const cursor = Number(url.searchParams.get("cursor") ?? 0);
    const entries = [...repository.files].map(([path, file]) => ({
      type: "file",
      path,
      size: file.sizeBytes,
      oid: file.gitBlobId,
      ...(file.large ? { lfs: { oid: file.sha256, size: file.sizeBytes, pointerSize: 135 } } : {}),
    }));
    const next = cursor + this.pageSize;
    if (next < entries.length) {
      const nextUrl = new URL(url);
      nextUrl.searchParams.set("cursor", String(next));
      response.setHeader("link", `<${nextUrl.href}>; rel="next"`);
    }
    sendJson(response, [
      { type: "directory", path: "folder", oid: "0".repeat(40), size: 0 },
      ...entries.slice(cursor, next),
    ]);
  }

  #answerFile(
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
    log: HubRequest,
    fault: HubFaultAction | undefined,
  ) {
    const repository = this.#repositories.get(url.searchParams.get("repository") ?? "");
    const file = repository?.files.get(decodeURIComponent(url.searchParams.get("path") ?? ""));
    // As the real file servers do: a signed address and another authorization exclude each other.
    if (request.headers.authorization !== undefined) return void response.writeHead(400).end();
    if (file === undefined) return void response.writeHead(403).end();
    response.setHeader("etag", `"${file.sha256}"`);
    sendFile(file.content, file.sizeBytes, request, response, this.#sending(log, fault));
  }
}

function describe(content: FileContent, largeFromBytes: number): HubFile {
  if (!(content instanceof Uint8Array))
    return {
      content,
      sizeBytes: content.sizeBytes,
      sha256: content.sha256,
      gitBlobId: gitBlobId(content.sha256),
      large: true,
    };
  const sizeBytes = content.length;
  return {
    content,
    sizeBytes,
    sha256: createHash("sha256").update(content).digest("hex"),
    gitBlobId: createHash("sha1").update(`blob ${sizeBytes}\0`).update(content).digest("hex"),
    large: sizeBytes >= largeFromBytes,
  };
}

/** Of the pointer that git holds for a large file; nobody reads more than that it is one. */
function gitBlobId(sha256: string): string {
  return createHash("sha1").update(sha256).digest("hex");
}

function port(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { "x-error-code": code, "x-error-message": message, "content-type": "application/json" });
  response.end(JSON.stringify({ error: message }));
}
