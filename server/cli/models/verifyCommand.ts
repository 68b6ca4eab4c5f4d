import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { CAC } from "cac";
import { loadBackInWorker } from "../../install/loadBack.js";
import { hashFile } from "../../install/registerModel.js";
import { manifestFileName, manifestSchema } from "../../models/manifest.js";
import { AppError } from "../../platform/AppError.js";
import { readGgufIndex } from "../../weights/gguf/readGgufIndex.js";
import { readModelSummary } from "../../weights/gguf/readModelSummary.js";
import { type HomeFlags, openModelsHome } from "./modelsHome.js";

/** `cria verify <id>`: are the weights the bytes that were installed, and do they load. */
export function registerVerify(cli: CAC): void {
  cli
    .command("verify <id>", "Check an installed model's checksum and load it")
    .option("--home <folder>", "Where models are kept (~/.cria)")
    .option("--json", "Print one JSON object")
    .action(verify);
}

async function verify(id: string, flags: HomeFlags): Promise<void> {
  const { registry, logger } = await openModelsHome(flags);
  const model = registry.get(String(id));
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(model.folderPath, manifestFileName), "utf8")));
  const { size } = await stat(model.weightsPath);
  const bad = (what: string) =>
    new AppError("install_check_failed", `${model.id} is damaged: ${what}.`, {
      hint: `Install it again: cria remove ${model.id}, then cria install ${manifest.sources[0]?.name ?? model.id}`,
    });
  if (size !== manifest.sizeBytes) throw bad(`its weights have ${size} bytes instead of ${manifest.sizeBytes}`);
  if ((await hashFile(model.weightsPath, size, () => undefined)) !== manifest.sha256)
    throw bad("its checksum is not the one of the day it was installed");
  readModelSummary(await readGgufIndex(model.weightsPath));
  await loadBackInWorker(logger)(model.weightsPath, () => undefined, new AbortController().signal);
  if (flags.json === true)
    process.stdout.write(`${JSON.stringify({ id: model.id, ok: true, sha256: manifest.sha256 })}\n`);
  else console.log(`${model.id} is whole and loads (SHA-256 ${manifest.sha256}).`);
}
