import type { CAC } from "cac";
import { findOriginal } from "../../install/findOriginal.js";
import { removeModel } from "../../install/removeModel.js";
import { chooseByName } from "../../models/chooseByName.js";
import { demoModelId, type InstalledModel } from "../../models/ModelRegistry.js";
import { readManifest } from "../../models/readManifest.js";
import { AppError } from "../../platform/AppError.js";
import { LoadSettingsStore } from "../../workers/LoadSettingsStore.js";
import { findBegun } from "./findBegun.js";
import { type HomeFlags, makeModelsWritable, openModelsHome } from "./modelsHome.js";

/** `cria remove <id>…`: deletes models, and what installs that were not finished left. */
export function registerRemove(cli: CAC): void {
  cli
    .command("remove <...ids>", "Delete installed models (also: cria rm, cria uninstall)")
    .alias("rm")
    .alias("uninstall")
    .option("--home <folder>", "Where models are kept (~/.cria)")
    .option("--json", "Print one event a line")
    .action((ids: string[], flags: HomeFlags) => removeModels(ids.map(String), flags));
}

export async function removeModels(ids: readonly string[], flags: HomeFlags): Promise<void> {
  const { registry, modelsPath, loadSettingsPath } = await openModelsHome(flags);
  if (ids.length === 0)
    throw new AppError("bad_request", "Say which model to remove.", { hint: "cria list names them." });
  const begun = await findBegun(modelsPath);
  for (const wanted of ids) {
    const broken = registry.unusable.flatMap(({ id }) => (id === undefined ? [] : [{ id }]));
    const { id } = chooseByName([...registry.installed(), ...begun, ...broken], wanted);
    if (id === demoModelId)
      throw new AppError("bad_request", "The model that ships with Cria cannot be removed.", { field: "modelId" });
    await makeModelsWritable({ modelsPath });
    const original = await originalOf(registry.installed().find((model) => model.id === id));
    await removeModel(modelsPath, id);
    await new LoadSettingsStore(loadSettingsPath).write(id, {});
    if (flags.json === true) process.stdout.write(`${JSON.stringify({ event: "removed", id })}\n`);
    else
      console.log(
        `${id} is removed.${original === undefined ? "" : ` ${original}, which it was installed from, is left as it is.`}`,
      );
  }
}

/** The file or folder that a model was installed from, if it is still there. */
async function originalOf(model: InstalledModel | undefined): Promise<string | undefined> {
  if (model === undefined) return undefined;
  const original = await findOriginal(await readManifest(model.folderPath), model.weightsPath);
  return original === undefined || original.state === "gone" ? undefined : original.path;
}
