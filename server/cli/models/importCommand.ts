import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { CAC } from "cac";
import { findLegacyModels } from "../../install/findLegacyModels.js";
import { AppError } from "../../platform/AppError.js";
import { expandTilde } from "../../platform/expandTilde.js";
import { quoteWord } from "./quoteWord.js";
import { type InstallFlags, runInstalls } from "./runInstalls.js";

/** `cria import ~/dalai`: the models of an old Dalai, alpaca.cpp or llama.cpp folder. */
export function registerImport(cli: CAC): void {
  cli
    .command("import <folder>", "Install the models of an old Dalai, alpaca.cpp or llama.cpp folder")
    .option("--force", "Install what the memory is too small for, or in the place of another model of that name")
    .option("--threads <number>", "Threads (all cores)")
    .option("--home <folder>", "Where models are kept (~/.cria)")
    .option("--json", "Print one event a line")
    .example("cria import ~/dalai")
    .action((folder: string, flags: InstallFlags) => importFolder(String(folder), flags));
}

async function importFolder(folder: string, flags: InstallFlags): Promise<void> {
  // An unset variable of a script: as a path it would be the folder that the command runs in.
  if (folder.trim() === "")
    throw new AppError("install_source_invalid", "No folder is given.", { hint: "Give one, as cria import ~/dalai." });
  const path = resolve(expandTilde(folder));
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true)
    throw new AppError("install_source_invalid", `${path} is a file.`, {
      hint: `Install it alone: cria install ${quoteWord(folder)}`,
    });
  if (found?.isDirectory() !== true)
    throw new AppError("install_source_invalid", `There is no folder ${path}.`, { hint: "Check the path." });
  const { models, unreadable } = await findLegacyModels(path);
  for (const { path: bad, reason } of unreadable) console.error(`${bad} is left out: ${reason}`);
  if (models.length === 0)
    throw new AppError("install_source_invalid", `There are no models of the ggml format in ${path}.`, {
      hint: "Name Dalai's home (~/dalai), or the folder with ggml-model-q4_0.bin.",
    });
  if (flags.json !== true) for (const model of models) console.log(`${model.id}: ${model.path}`);
  await runInstalls(
    models.map((model) => ({ source: model.path, as: model.id })),
    flags,
  );
}
