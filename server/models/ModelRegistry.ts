import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import type { ModelFacts } from "./ModelFacts.js";
import { type Manifest, manifestFileName, manifestSchema } from "./manifest.js";
import { splitModelId } from "./modelId.js";
import type { RemoteModel } from "./RemoteModel.js";

/** A model on disk, ready to be loaded. */
export interface InstalledModel extends ModelFacts {
  /** The model's own folder, absolute. */
  folderPath: string;
  /** Absolute. */
  weightsPath: string;
  /** Of the weights, as the manifest says. */
  sha256: string;
}

/** On this machine, or an engine's elsewhere. */
export type AnyModel = InstalledModel | RemoteModel;

/** A folder that has a manifest and yet is no model. */
export interface UnusableFolder {
  folderPath: string;
  /** The id that its place among the models gives it, where that is one. */
  id: string | undefined;
  reason: string;
}

/** Ids of models that are new or not what they were, and of those that are gone. */
export interface ModelChanges {
  changed: string[];
  removed: string[];
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
  /** By engine. */
  readonly #remote = new Map<string, readonly RemoteModel[]>();
  #unusable: UnusableFolder[] = [];
  #fingerprint = "";
  /** Looks at the disk come one after the other: the last one is the one that counts. */
  #scanning: Promise<unknown> = Promise.resolve();

  constructor(roots: { packageModelsPath: string; homeModelsPath: string }, logger: Logger) {
    this.#packageModelsPath = roots.packageModelsPath;
    this.#homeModelsPath = roots.homeModelsPath;
    this.#logger = logger;
  }

  /** Looks at the disk again. A folder that cannot be read as a model is logged and left out. */
  scan(): Promise<ModelChanges> {
    return this.#inTurn(async () => await this.#scan(await this.#folders()));
  }

  /** As {@link scan}, but cheap: manifests are read only when one came, went, or is another file than before. */
  rescan(): Promise<ModelChanges> {
    return this.#inTurn(async () => {
      const folders = await this.#folders();
      return (await fingerprintOf(folders)) === this.#fingerprint ? { changed: [], removed: [] } : this.#scan(folders);
    });
  }

  #inTurn(look: () => Promise<ModelChanges>): Promise<ModelChanges> {
    const turn = this.#scanning.then(look, look);
    this.#scanning = turn;
    return turn;
  }

  async #folders(): Promise<string[]> {
    return [...(await subfolders(this.#homeModelsPath, 2)), ...(await subfolders(this.#packageModelsPath, 1))];
  }

  async #scan(folders: readonly string[]): Promise<ModelChanges> {
    // Taken first: what changes while it is read is seen the next time.
    this.#fingerprint = await fingerprintOf(folders);
    const found = new Map<string, InstalledModel>();
    const unusable: UnusableFolder[] = [];
    for (const folder of folders) {
      try {
        const model = await readModelFolder(folder);
        if (model !== undefined && !found.has(model.id)) found.set(model.id, model);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        unusable.push({ folderPath: folder, id: this.#idOf(folder), reason });
        this.#logger.warn({ folder, error: reason }, "not a usable model folder");
      }
    }
    const before = this.#models;
    this.#models = found;
    this.#unusable = unusable;
    return {
      changed: [...found].flatMap(([id, model]) => (isDeepStrictEqual(model, before.get(id)) ? [] : [id])),
      removed: [...before.keys()].filter((id) => !found.has(id)),
    };
  }

  #idOf(folderPath: string): string | undefined {
    const id = relative(this.#homeModelsPath, folderPath).split(sep).join(".");
    return splitModelId(id) === undefined ? undefined : id;
  }

  /** Folders with a manifest that the last scan left out. */
  get unusable(): readonly UnusableFolder[] {
    return this.#unusable;
  }

  /** What is on this machine, the demo last. */
  installed(): InstalledModel[] {
    return [...this.#models.values()].sort((a, b) => Number(a.demo) - Number(b.demo) || a.id.localeCompare(b.id));
  }

  /** Everything that one can talk to: what is on this machine first, the demo last. */
  list(): AnyModel[] {
    const installed = this.installed();
    const others = [...this.#remote.values()].flat().filter(({ id }) => !this.#models.has(id));
    return [...installed.filter(({ demo }) => !demo), ...others, ...installed.filter(({ demo }) => demo)];
  }

  /** Says what an engine has now, in the place of what it had. A model on this machine with the same id comes first. */
  setRemote(engine: string, models: readonly RemoteModel[]): ModelChanges {
    const before = new Map(this.#remote.get(engine)?.map((model) => [model.id, model]));
    this.#remote.set(engine, models);
    const kept = new Set(models.map(({ id }) => id));
    return {
      changed: models.flatMap((model) => (isDeepStrictEqual(model, before.get(model.id)) ? [] : [model.id])),
      removed: [...before.keys()].filter((id) => !kept.has(id)),
    };
  }

  /** Names are found whatever their case. */
  find(id: string): AnyModel | undefined {
    return this.#models.get(id) ?? this.list().find((candidate) => candidate.id.toLowerCase() === id.toLowerCase());
  }

  /** As {@link get}, for those who need the files. Throws `model_not_found`, or `bad_request` for one that an engine elsewhere has. */
  getInstalled(id: string): InstalledModel {
    const model = this.get(id);
    if (!("engine" in model)) return model;
    throw new AppError("bad_request", `${model.id} is a model of the engine ${model.engine}: its files are not here.`, {
      field: "modelId",
    });
  }

  /** As {@link find}. Throws `model_not_found`. */
  get(id: string): AnyModel {
    const model = this.find(id);
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
  const weightsPath = await realpath(join(folderPath, manifest.file)).catch((error: unknown) => {
    throw isMissing(error) ? new Error(`its weights, ${manifest.file}, are not there`) : error;
  });
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

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** Another text whenever a manifest is added, replaced or deleted. */
async function fingerprintOf(folders: readonly string[]): Promise<string> {
  const manifests = await Promise.all(
    folders.map(async (folder) => {
      const found = await stat(join(folder, manifestFileName)).catch(() => undefined);
      return found === undefined ? "" : `${folder} ${found.ino} ${found.size} ${found.mtimeMs}`;
    }),
  );
  return manifests.filter((manifest) => manifest !== "").join("\n");
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
