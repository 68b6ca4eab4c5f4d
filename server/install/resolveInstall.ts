import type { CatalogModel, CatalogSource } from "../models/catalog.js";
import { AppError } from "../platform/AppError.js";
import { type Quantization, quantizationSchema } from "../protocol/install.js";
import { deriveModelId } from "./deriveModelId.js";
import { estimateResult } from "./estimateResult.js";
import { chooseCheckpoint } from "./hub/chooseCheckpoint.js";
import { chooseGguf, listGgufChoices, listLegacyChoices, quantizationInName } from "./hub/chooseGguf.js";
import type { HubClient, RepositoryFile } from "./hub/HubClient.js";
import type { HubReference } from "./hub/hubReference.js";
import type { InstallAsk, InstallJob, JobSource, RemotePart, SourceFile } from "./InstallJob.js";
import { type InstallSource, withoutKeys } from "./parseInstallSource.js";

/** What was asked for, and what it means. */
export interface ResolveRequest extends InstallAsk {
  source: string;
  means: InstallSource;
}

const defaultQuantization: Quantization = "Q4_K_M";

const plainQuantizations = new Set(["F16", "BF16", "F32"]);

/** Codes after which the next source of a catalog's model is worth a try. */
const passable = new Set(["hub_not_found", "hub_gated", "hub_unauthorized"]);

/** Asks the source what it has and pins it. Throws the `hub_…` codes, `install_source_invalid`, `bad_request`. */
export async function resolveInstall(
  request: ResolveRequest,
  hub: HubClient,
  signal: AbortSignal,
  onPassing: (error: AppError) => void = () => {},
): Promise<InstallJob> {
  const { means } = request;
  switch (means.type) {
    case "catalog":
      return await resolveCatalog(means.model, request, new Resolver(hub, signal), onPassing);
    case "hub":
      return await new Resolver(hub, signal).resolveReference(means.reference, request);
    case "url":
      return resolveUrl(means.url, request);
    case "file":
    case "folder": {
      const local: JobSource = { type: means.type === "file" ? "localFile" : "localFolder", path: means.path };
      return {
        ...commonJob(request, means.path, local),
        ...quantizing(request.quantization ?? (means.type === "folder" ? defaultQuantization : undefined)),
      };
    }
  }
}

async function resolveCatalog(
  model: CatalogModel,
  request: ResolveRequest,
  resolver: Resolver,
  onPassing: (error: AppError) => void,
): Promise<InstallJob> {
  const quantization = request.quantization ?? model.defaultQuantization;
  let failure: unknown;
  for (const [index, entry] of model.sources.entries()) {
    try {
      const { source, convert, has } = await resolver.resolveEntry(
        entry,
        quantization,
        request.quantization === undefined,
      );
      const variant = model.variants.find((candidate) => candidate.quantization === has);
      const estimate = estimateResult(source, convert ? quantization : undefined, model);
      return {
        jobVersion: 1,
        ask: askOf(request),
        modelId: modelIdOf(request.means, request.as),
        name: model.name,
        description: model.description,
        kind: model.kind,
        promptFormat: model.promptFormat,
        examplePrompts: model.examplePrompts ?? [],
        license: model.license,
        expected: { architecture: model.architecture, shape: expectedShape(model, entry) },
        ...(convert ? { quantization } : {}),
        quantizationName: has,
        resultBytes: variant?.sizeBytes ?? estimate.resultBytes,
        ramBytes: variant?.ramBytes ?? estimate.ramBytes,
        source,
        keepSource: request.keepSource ?? false,
      };
    } catch (error) {
      if (!(error instanceof AppError) || !passable.has(error.code)) throw error;
      failure ??= error;
      if (index < model.sources.length - 1) onPassing(error);
    }
  }
  throw failure;
}

function expectedShape(model: CatalogModel, entry: CatalogSource): CatalogModel["shape"] {
  const vocabulary = entry.type === "checkpoint" ? entry.vocabulary : undefined;
  return vocabulary === undefined ? model.shape : { ...model.shape, vocabulary };
}

/** Turns repositories into pinned lists of files. */
class Resolver {
  readonly #hub: HubClient;
  readonly #signal: AbortSignal;

  constructor(hub: HubClient, signal: AbortSignal) {
    this.#hub = hub;
    this.#signal = signal;
  }

  /** One source of the catalog. `convert`: the weights must be quantized here. `has`: the quantization that will come of it. */
  async resolveEntry(
    entry: CatalogSource,
    quantization: Quantization,
    anyWill: boolean,
  ): Promise<{ source: JobSource; convert: boolean; has: string }> {
    const { repository } = entry;
    const listing = await this.#list(repository, entry.revision ?? "main");
    if (entry.type === "gguf") {
      const choice = chooseGguf(
        repository,
        requireSome(listGgufChoices(listing.files), repository, "GGUF file"),
        quantization,
      );
      const source: JobSource = { type: "gguf", base: this.#part(listing, choice.files, []) };
      return { source, convert: false, has: choice.quantization };
    }
    if (entry.type === "legacy") {
      // Blocks are repacked, never quantized twice: it has the one quantization that it has.
      const has = quantizationInName(entry.files[0] ?? "");
      if (has !== quantization && !anyWill)
        throw new AppError("hub_not_found", `${repository} has no ${quantization} weights.`);
      const weights = entry.files.map((path) => findFile(listing, path));
      const tokenizer =
        entry.tokenizerRepository === undefined ? undefined : await this.#list(entry.tokenizerRepository, "main");
      const source: JobSource = {
        type: "legacy",
        base: this.#part(listing, weights, []),
        ...(tokenizer === undefined
          ? {}
          : { tokenizer: this.#part(tokenizer, [findFile(tokenizer, "tokenizer.model")], []) }),
      };
      return { source, convert: false, has };
    }
    const addDiff = entry.addDiff === undefined ? undefined : await this.#checkpointPart(entry.addDiff);
    const lora = entry.lora === undefined ? undefined : await this.#checkpointPart(entry.lora);
    const sum = entry.addDiff?.expectedParameterSum;
    const source: JobSource = {
      type: "checkpoint",
      base: this.#checkpoint(listing),
      ...(addDiff === undefined
        ? {}
        : { addDiff: { ...addDiff, ...(sum === undefined ? {} : { expectedParameterSum: sum }) } }),
      ...(lora === undefined ? {} : { lora }),
    };
    return { source, convert: true, has: quantization };
  }

  /** Whatever a repository has: GGUF files before a checkpoint. */
  async resolveReference(reference: HubReference, request: ResolveRequest): Promise<InstallJob> {
    const { repository, revision, path } = reference;
    const listing = await this.#list(repository, revision);
    const wanted = request.quantization ?? reference.quantization;
    const named = path === undefined ? undefined : findFile(listing, path);
    const choices = listGgufChoices(named === undefined ? listing.files : [named]);
    const license = listing.license === undefined ? {} : { license: { name: listing.license } };
    const checkpoint = named === undefined ? chooseCheckpoint(repository, listing.files) : undefined;
    const fitting = choices.filter((choice) => wanted === undefined || choice.quantization === wanted);
    // Weights that are not quantized yet can become anything.
    const plain = choices.find((choice) => plainQuantizations.has(choice.quantization));
    const quantizable = fitting.length === 0 && plain !== undefined && quantizationSchema.safeParse(wanted).success;
    if (fitting.length > 0 || quantizable || (choices.length > 0 && checkpoint === undefined)) {
      const choice = quantizable ? plain : chooseGguf(repository, choices, wanted);
      const source: JobSource = { type: "gguf", base: this.#part(listing, choice.files, []) };
      return {
        ...commonJob(request, path ?? repository, source),
        ...license,
        ...(choice.quantization === "" ? {} : { quantizationName: choice.quantization }),
        ...quantizing(quantizable ? parseQuantization(wanted) : undefined),
      };
    }
    if (checkpoint?.format === "adapter")
      throw new AppError("install_source_invalid", `${repository} is a LoRA adapter, not a whole model.`, {
        hint: `Merge it into its base: cria convert <base> out.gguf --lora ${repository}`,
      });
    const legacy = checkpoint === undefined ? listLegacyChoices(named === undefined ? listing.files : [named]) : [];
    if (legacy.length > 0) {
      const choice = chooseGguf(repository, legacy, wanted);
      const tokenizer = listing.files.find((file) => file.path === "tokenizer.model");
      const source: JobSource = {
        type: "legacy",
        base: this.#part(listing, choice.files, []),
        ...(tokenizer === undefined ? {} : { tokenizer: this.#part(listing, [tokenizer], []) }),
      };
      return { ...commonJob(request, path ?? repository, source), ...license, quantizationName: choice.quantization };
    }
    if (checkpoint === undefined) throw nothingUsable(repository, listing.files);
    const quantization = parseQuantization(wanted);
    const source: JobSource = {
      type: "checkpoint",
      base: this.#part(listing, checkpoint.weights, checkpoint.descriptions),
    };
    return {
      ...commonJob(request, repository, source, quantization),
      ...license,
      ...quantizing(quantization),
    };
  }

  async #checkpointPart(entry: { repository: string; revision?: string | undefined }): Promise<RemotePart> {
    return this.#checkpoint(await this.#list(entry.repository, entry.revision ?? "main"));
  }

  #checkpoint(listing: Listing): RemotePart {
    const choice = chooseCheckpoint(listing.repository, listing.files);
    if (choice === undefined) throw nothingUsable(listing.repository, listing.files);
    return this.#part(listing, choice.weights, choice.descriptions);
  }

  async #list(repository: string, revision: string): Promise<Listing> {
    const { commit, license } = await this.#hub.getRepository(repository, revision, this.#signal);
    return { repository, commit, license, files: await this.#hub.listFiles(repository, commit, this.#signal) };
  }

  #part(listing: Listing, weights: RepositoryFile[], descriptions: RepositoryFile[]): RemotePart {
    const { repository, commit } = listing;
    const sourceFile = (file: RepositoryFile): SourceFile => ({
      url: this.#hub.fileUrl(repository, commit, file.path).href,
      path: file.path,
      localName: localName(file.path),
      sizeBytes: file.sizeBytes,
      ...(file.sha256 === undefined ? {} : { sha256: file.sha256 }),
      ...(file.gitBlobId === undefined ? {} : { gitBlobId: file.gitBlobId }),
    });
    return {
      name: repository,
      repository,
      revision: commit,
      weights: weights.map(sourceFile),
      descriptions: descriptions.map(sourceFile),
    };
  }
}

interface Listing {
  repository: string;
  commit: string;
  license: string | undefined;
  files: RepositoryFile[];
}

function resolveUrl(url: URL, request: ResolveRequest): InstallJob {
  const path = decodeURIComponent(url.pathname.split("/").pop() ?? "");
  const file = { url: url.href, path: path || url.host, localName: localName(path || "model.gguf") };
  // Its first bytes will tell what it is.
  const source: JobSource = { type: "gguf", base: { name: withoutKeys(url.href), weights: [file], descriptions: [] } };
  return commonJob(request, path, source);
}

/** The id that an install will have: `as` where it is given. Throws `bad_request`. */
export function modelIdOf(means: InstallSource, as: string | undefined): string {
  switch (means.type) {
    case "catalog":
      return as === undefined ? means.model.id : deriveModelId(means.model.id, as);
    case "hub":
      return deriveModelId(means.reference.path ?? means.reference.repository, as);
    case "url":
      return deriveModelId(decodeURIComponent(means.url.pathname), as);
    default:
      return deriveModelId(means.path, as);
  }
}

/** What a job says when its weights are quantized here. */
function quantizing(quantization: Quantization | undefined): Pick<InstallJob, "quantization" | "quantizationName"> {
  return quantization === undefined ? {} : { quantization, quantizationName: quantization };
}

function askOf({ source, as, quantization, keepSource }: ResolveRequest): InstallAsk {
  return {
    source,
    ...(as === undefined ? {} : { as }),
    ...(quantization === undefined ? {} : { quantization }),
    ...(keepSource === undefined ? {} : { keepSource }),
  };
}

/** The job says what was asked for, word for word: the same request again goes on with it, without asking the hub. */
function commonJob(
  request: ResolveRequest,
  sourceName: string,
  source: JobSource,
  quantization = request.quantization,
): InstallJob {
  const modelId = modelIdOf(request.means, request.as);
  const estimate = estimateResult(source, quantization, undefined);
  return {
    jobVersion: 1,
    ask: askOf(request),
    modelId,
    name: (sourceName.split(/[\\/]/).at(-1) ?? modelId).replace(/[-.](gguf|ggml)$/i, ""),
    ...(quantization === undefined ? {} : { quantizationName: quantization }),
    ...estimate,
    source,
    keepSource: request.keepSource ?? false,
  };
}

/** A repository's file under a name that is safe on this disk. Throws `install_source_invalid` for one that has none. */
function localName(path: string): string {
  const name = path.split("/").at(-1) ?? "";
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,180}$/.test(name)) return name;
  const cleaned = name
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(-150);
  if (cleaned !== "") return cleaned;
  throw new AppError("install_source_invalid", `The file "${path.slice(0, 100)}" has a name that cannot be used.`);
}

function parseQuantization(wanted: string | undefined): Quantization {
  if (wanted === undefined) return defaultQuantization;
  const parsed = quantizationSchema.safeParse(wanted);
  if (parsed.success) return parsed.data;
  throw new AppError("bad_request", `Cria cannot quantize to ${wanted}.`, {
    hint: `It can to ${quantizationSchema.options.join(", ")}.`,
    field: "quantization",
  });
}

function findFile(listing: Listing, path: string): RepositoryFile {
  const file = listing.files.find((candidate) => candidate.path === path);
  if (file !== undefined) return file;
  throw new AppError("hub_not_found", `${listing.repository} has no file "${path}".`);
}

function requireSome<T>(list: T[], repository: string, what: string): T[] {
  if (list.length > 0) return list;
  throw new AppError("hub_not_found", `${repository} has no ${what}.`);
}

function nothingUsable(repository: string, files: readonly RepositoryFile[]): AppError {
  const extensions = [...new Set(files.map((file) => /\.[a-z0-9]+$/i.exec(file.path)?.[0] ?? file.path))].slice(0, 8);
  return new AppError("install_source_invalid", `${repository} has no weights that Cria can use.`, {
    hint: `It can use GGUF and ggml files and LLaMA checkpoints (safetensors, pytorch_model.bin, consolidated.pth). This repository has ${extensions.join(", ")}.`,
  });
}
