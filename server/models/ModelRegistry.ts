import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import type { PromptFormat } from "../prompts/renderPrompt.js";
import type { ModelInfo } from "../protocol/model.js";
import type { Sampling } from "../protocol/sampling.js";
import { type Manifest, manifestFileName, manifestSchema } from "./manifest.js";

/** A model on disk, ready to be loaded. */
export interface InstalledModel {
  id: string;
  name: string;
  description: string | undefined;
  kind: ModelInfo["kind"];
  promptFormat: PromptFormat;
  /** The model that ships with the package. */
  demo: boolean;
  /** The model's own folder, absolute. */
  folderPath: string;
  /** Absolute. */
  weightsPath: string;
  sizeBytes: number;
  /** Of the weights, as the manifest says. */
  sha256: string;
  /** Milliseconds since 1970. */
  installedAtMs: number;
  license: string | undefined;
  contextTokens: number;
  quantization: string | undefined;
  parameterCount: number | undefined;
  samplingDefaults: Sampling;
  examplePrompts: string[];
}

/** A folder that has a manifest and yet is no model. */
export interface UnusableFolder {
  folderPath: string;
  reason: string;
}

/** What a manifest that does not say its context is taken for; the engine reads the real one when it loads. */
const unknownContextTokens = 2048;

/**
 * What is installed: the package's own `models/` and the home's `models/<family>/<NAME>/`. A folder is a model when it has a
 * valid `model.json` and the weights that it names; what is in both roots counts once, the home's first.
 */
export class ModelRegistry {
  readonly #packageModelsPath: string;
  readonly #homeModelsPath: string;
  readonly #logger: Logger;
  #models = new Map<string, InstalledModel>();
  #unusable: UnusableFolder[] = [];

  constructor(roots: { packageModelsPath: string; homeModelsPath: string }, logger: Logger) {
    this.#packageModelsPath = roots.packageModelsPath;
    this.#homeModelsPath = roots.homeModelsPath;
    this.#logger = logger;
  }

  /** Looks at the disk again. A folder that cannot be read as a model is logged and left out. */
  async scan(): Promise<void> {
    const found = new Map<string, InstalledModel>();
    const unusable: UnusableFolder[] = [];
    const folders = [...(await subfolders(this.#homeModelsPath, 2)), ...(await subfolders(this.#packageModelsPath, 1))];
    for (const folder of folders) {
      try {
        const model = await readModelFolder(folder);
        if (model !== undefined && !found.has(model.id)) found.set(model.id, model);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        unusable.push({ folderPath: folder, reason });
        this.#logger.warn({ folder, error: reason }, "not a usable model folder");
      }
    }
    this.#models = found;
    this.#unusable = unusable;
  }

  /** Folders with a manifest that the last scan left out. */
  get unusable(): readonly UnusableFolder[] {
    return this.#unusable;
  }

  /** Installed ones first, the demo last. */
  list(): InstalledModel[] {
    return [...this.#models.values()].sort((a, b) => Number(a.demo) - Number(b.demo) || a.id.localeCompare(b.id));
  }

  /** Names are found whatever their case. Throws `model_not_found`. */
  get(id: string): InstalledModel {
    const model =
      this.#models.get(id) ?? this.list().find((candidate) => candidate.id.toLowerCase() === id.toLowerCase());
    if (model !== undefined) return model;
    const names = this.list().map((candidate) => candidate.id);
    throw new AppError("model_not_found", `No model called "${id}" is installed.`, {
      hint: names.length === 0 ? "Install one: cria llama install 7B" : `Installed: ${names.join(", ")}.`,
      field: "modelId",
    });
  }
}

/** `undefined` for a folder without a manifest: nothing of ours, or an install that is not finished. */
async function readModelFolder(folderPath: string): Promise<InstalledModel | undefined> {
  let text: string;
  try {
    text = await readFile(join(folderPath, manifestFileName), "utf8");
  } catch {
    return undefined;
  }
  const parsed = manifestSchema.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new Error(
      `${manifestFileName}: ${parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`).join("; ")}`,
    );
  const manifest: Manifest = parsed.data;
  const weightsPath = await realpath(join(folderPath, manifest.file));
  // A link may not lead out of the folder: what a manifest names is inside it.
  if (!weightsPath.startsWith((await realpath(folderPath)) + sep))
    throw new Error("the weights lie outside the model's folder");
  const { size } = await stat(weightsPath);
  return {
    id: manifest.id,
    name: manifest.name,
    description: manifest.description,
    kind: manifest.kind,
    promptFormat: manifest.promptFormat,
    demo: manifest.id === demoModelId,
    folderPath,
    weightsPath,
    sizeBytes: manifest.sizeBytes ?? size,
    sha256: manifest.sha256,
    installedAtMs: Date.parse(manifest.installedAt) || 0,
    license: manifest.license?.name,
    contextTokens: manifest.contextTokens ?? unknownContextTokens,
    quantization: manifest.quantization,
    parameterCount: manifest.parameterCount,
    samplingDefaults: manifest.samplingDefaults ?? {},
    examplePrompts: manifest.examplePrompts ?? [],
  };
}

/** The model that ships. */
export const demoModelId = "alpaca.demo";

/** Folders exactly `depth` levels below `root`; a root that is not there has none. */
async function subfolders(root: string, depth: number): Promise<string[]> {
  let folders = [root];
  for (let level = 0; level < depth; level++) {
    const next: string[] = [];
    for (const folder of folders) {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      for (const entry of entries) if (entry.isDirectory()) next.push(join(folder, entry.name));
    }
    folders = next;
  }
  return folders.sort();
}
