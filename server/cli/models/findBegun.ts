import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { InstallAsk } from "../../install/InstallJob.js";
import { WorkFolder } from "../../install/WorkFolder.js";
import { installingSuffix, splitModelId } from "../../models/modelId.js";

/** Installs that were begun and not finished. */
export async function findBegun(modelsPath: string): Promise<{ id: string; ask: InstallAsk }[]> {
  const begun: { id: string; ask: InstallAsk }[] = [];
  for (const family of await readdir(modelsPath).catch(() => []))
    for (const folder of await readdir(join(modelsPath, family)).catch(() => [])) {
      const id = `${family}.${folder.slice(0, -installingSuffix.length)}`;
      if (!folder.endsWith(installingSuffix) || splitModelId(id) === undefined) continue;
      const job = await new WorkFolder(modelsPath, id).readJob();
      if (job !== undefined) begun.push({ id, ask: job.ask });
    }
  return begun;
}
