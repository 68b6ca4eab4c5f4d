import type { CAC } from "cac";
import { findCatalogModel, loadCatalog } from "../../models/catalog.js";
import { demoModelId } from "../../models/ModelRegistry.js";
import { splitModelId } from "../../models/modelId.js";
import { AppError } from "../../platform/AppError.js";
import { listModelsCommand } from "./listCommand.js";
import { removeModels } from "./removeCommand.js";
import { type InstallFlags, runInstalls } from "./runInstalls.js";

/** `cria install <source>…`, and Dalai's `cria llama install 7B 13B` for every family of the catalog. */
export function registerInstall(cli: CAC): void {
  withFlags(
    cli.command(
      "install <...sources>",
      "Install models: a name, owner/repository[:QUANT], https://…, a folder or a file",
    ),
  )
    .example("cria install llama.7B")
    .example("cria install bartowski/Llama-3.2-1B-Instruct-GGUF:Q8_0")
    .example("cria install ./my-checkpoint --quantize Q5_K_M --as mine.7B")
    .action((sources: string[], flags: InstallFlags) => runInstalls(sources.map(String), flags));
  for (const family of families())
    withFlags(cli.command(`${family} [verb] [...names]`, `install, remove or list models of the family ${family}`))
      .example(`cria ${family} install ${defaultName(family)}`)
      .action((verb: string | undefined, names: string[], flags: InstallFlags) =>
        runFamilyVerb(family, verb, names.map(String), flags),
      );
}

function withFlags(command: ReturnType<CAC["command"]>): ReturnType<CAC["command"]> {
  return command
    .option("--quantize <type>", "What to quantize to (Q4_K_M)")
    .option("--as <family.NAME>", "The name that the model gets")
    .option("--keep-source", "Keep what was fetched beside the model")
    .option("--force", "Install what the memory is too small for, or in the place of another model of that name")
    .option("--threads <number>", "Threads for quantizing (all cores)")
    .option("--home <folder>", "Where models are kept (~/.cria)")
    .option("--json", "Print one event a line");
}

async function runFamilyVerb(
  family: string,
  verb: string | undefined,
  names: string[],
  flags: InstallFlags,
): Promise<void> {
  switch (verb) {
    case "install":
    case "get":
      return await runInstalls(
        (names.length === 0 ? [defaultName(family)] : names).map((name) => catalogId(family, name)),
        flags,
      );
    case "uninstall":
    case "remove":
      return await removeModels(
        names.map((name) => `${family}.${name}`),
        flags,
      );
    case "installed":
    case "list":
      return await listModelsCommand(flags, family);
    default:
      throw new AppError(
        "bad_request",
        verb === undefined ? `What shall be done with ${family}?` : `"cria ${family}" has no "${verb}".`,
        { hint: `There are cria ${family} install ${defaultName(family)}, remove and list.` },
      );
  }
}

/** The catalog's spelling of `7b`. Throws `install_unknown_model` with the names that there are. */
function catalogId(family: string, name: string): string {
  const catalog = loadCatalog();
  const model = findCatalogModel(catalog, `${family}.${name}`);
  if (model !== undefined) return model.id;
  if (`${family}.${name}`.toLowerCase() === demoModelId) return demoModelId;
  const names = catalog.models.flatMap(({ id }) =>
    splitModelId(id)?.family === family ? [splitModelId(id)?.name] : [],
  );
  throw new AppError("install_unknown_model", `There is no ${family} ${name}.`, {
    hint: `There are ${names.join(", ")}.`,
  });
}

function families(): string[] {
  return [...new Set(loadCatalog().models.flatMap(({ id }) => splitModelId(id)?.family ?? []))];
}

/** Dalai's: no size means 7B. Families that have none begin with their first. */
function defaultName(family: string): string {
  const catalog = loadCatalog();
  const first = catalog.models.find(({ id }) => splitModelId(id)?.family === family);
  return findCatalogModel(catalog, `${family}.7B`) !== undefined ? "7B" : (splitModelId(first?.id ?? "")?.name ?? "7B");
}
