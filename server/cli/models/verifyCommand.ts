import type { CAC } from "cac";
import { loadBack } from "../../install/loadBack.js";
import { verifyModel } from "../../install/verifyModel.js";
import { usableCores } from "../../platform/freeCores.js";
import { chooseUsable } from "./chooseUsable.js";
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
  const { registry } = await openModelsHome(flags);
  const model = chooseUsable(registry.installed(), registry.unusable, String(id));
  const { manifest } = await verifyModel(model);
  await loadBack(usableCores())(model.weightsPath, () => undefined, new AbortController().signal);
  if (flags.json === true)
    process.stdout.write(`${JSON.stringify({ id: model.id, ok: true, sha256: manifest.sha256 })}\n`);
  else console.log(`${model.id} is whole and loads (SHA-256 ${manifest.sha256}).`);
}
