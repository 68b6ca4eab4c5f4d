import { stat } from "node:fs/promises";
import type { CAC } from "cac";
import { formatBytes } from "../../install/formatBytes.js";
import type { InstallAsk } from "../../install/InstallJob.js";
import type { InstalledModel, UnusableFolder } from "../../models/ModelRegistry.js";
import { splitModelId } from "../../models/modelId.js";
import { unusableHint, unusableMessage } from "./chooseUsable.js";
import { findBegun } from "./findBegun.js";
import { type HomeFlags, openModelsHome } from "./modelsHome.js";
import { quoteWord } from "./quoteWord.js";

/** `cria list`: what is installed, and what was begun. */
export function registerList(cli: CAC): void {
  cli
    .command("list", "List the installed models (also: cria ls)")
    .alias("ls")
    .alias("installed")
    .option("--home <folder>", "Where models are kept (~/.cria)")
    .option("--json", "Print one JSON array")
    .action((flags: HomeFlags) => listModelsCommand(flags));
}

export async function listModelsCommand(flags: HomeFlags, family?: string): Promise<void> {
  const { registry, modelsPath } = await openModelsHome(flags);
  const isWanted = (id: string) => family === undefined || splitModelId(id)?.family === family;
  const models = registry.installed().filter((model) => isWanted(model.id));
  const begun = (await findBegun(modelsPath)).filter(({ id }) => isWanted(id));
  if (flags.json === true) {
    const installed = models.map(
      ({ id, name, kind, quantization, sizeBytes, contextTokens, parameterCount, demo, weightsPath }) => ({
        id,
        name,
        kind,
        quantization,
        sizeBytes,
        contextTokens,
        parameterCount,
        demo,
        path: weightsPath,
      }),
    );
    process.stdout.write(`${JSON.stringify(installed)}\n`);
    return;
  }
  if (models.length === 0) console.log("No models are installed. Install one: cria llama install 7B");
  else console.log(table(models));
  const home = flags.home === undefined ? "" : ` --home ${quoteWord(String(flags.home))}`;
  for (const line of await describeDamage(models, registry.unusable, isWanted)) console.log(line);
  for (const { id, ask } of begun)
    console.log(
      `${id} is not finished: "${installCommand(ask)}${home}" goes on with it, "cria remove ${id}${home}" drops it.`,
    );
}

/** What is there and cannot be talked to, a line each. */
async function describeDamage(
  models: readonly InstalledModel[],
  unusable: readonly UnusableFolder[],
  isWanted: (id: string) => boolean,
): Promise<string[]> {
  const lines: string[] = [];
  for (const { id, weightsPath, sizeBytes } of models) {
    const found = await stat(weightsPath).catch(() => undefined);
    if (found?.size !== sizeBytes)
      lines.push(`${id} is damaged: its weights were changed. cria verify ${id} says more.`);
  }
  for (const { id, folderPath, reason } of unusable)
    if (id === undefined) lines.push(`${folderPath} is no usable model: ${reason}.`);
    else if (isWanted(id)) lines.push(`${unusableMessage(id, reason)} ${unusableHint(id)}`);
  return lines;
}

function table(models: readonly InstalledModel[]): string {
  const rows = [
    ["MODEL", "SIZE", "TYPE", "CONTEXT", "NAME"],
    ...models.map((model) => [
      model.id,
      formatBytes(model.sizeBytes),
      model.quantization ?? "",
      String(model.contextTokens),
      `${model.name}${model.demo ? " (ships with Cria)" : ""}`,
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** What to type for the same request again. */
function installCommand({ source, as, quantization, keepSource }: InstallAsk): string {
  const words = ["cria install", quoteWord(source)];
  if (as !== undefined) words.push(`--as ${as}`);
  if (quantization !== undefined) words.push(`--quantize ${quantization}`);
  if (keepSource === true) words.push("--keep-source");
  return words.join(" ");
}
