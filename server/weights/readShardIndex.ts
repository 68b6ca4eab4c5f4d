import { AppError } from "../platform/AppError.js";
import type { CheckpointFiles } from "./CheckpointFiles.js";
import { readJsonObject } from "./readSmallFile.js";

const shardsMax = 1000;

export interface ShardIndex {
  /** In the order of their names, which is the order of the model's layers. */
  readonly fileNames: readonly string[];
  /** Throws `checkpoint_invalid` when the shards lack a tensor that the index names. */
  checkComplete(found: ReadonlySet<string>): void;
}

/**
 * Reads a Hugging Face index, `{"weight_map": {"<tensor>": "<file>"}}`, and checks that every shard is there.
 * Throws `checkpoint_invalid`, `weights_unreadable`.
 */
export async function readShardIndex(files: CheckpointFiles, indexName: string): Promise<ShardIndex> {
  const { weight_map: weightMap } = await readJsonObject(files, indexName);
  const fail = (problem: string, hint: string): never => {
    throw new AppError("checkpoint_invalid", `"${indexName}" ${problem}.`, { hint });
  };
  if (typeof weightMap !== "object" || weightMap === null || Object.keys(weightMap).length === 0)
    return fail("has no list of tensors", "The file is damaged: download it again.");
  const entries = Object.entries(weightMap);
  const names = new Set<string>();
  for (const [tensor, name] of entries) {
    // A name that leads out of the folder is not followed.
    if (typeof name !== "string" || name.includes("/") || name.includes("\\") || name === "" || name.startsWith("."))
      return fail(`names no file for the tensor "${tensor}"`, "The file is damaged: download it again.");
    names.add(name);
  }
  if (names.size > shardsMax) return fail(`names ${names.size} files`, "The file is damaged: download it again.");
  const missing = [...names].filter((name) => !files.fileNames.has(name)).sort();
  if (missing.length > 0)
    return fail(
      `names ${names.size} files, of which ${missing.length} ${missing.length === 1 ? "is" : "are"} missing: ${missing.slice(0, 3).join(", ")}${missing.length > 3 ? ", …" : ""}`,
      "Download the missing files into the same folder.",
    );
  return {
    fileNames: [...names].sort(),
    checkComplete(found) {
      const lacking = entries.find(([tensor]) => !found.has(tensor));
      if (lacking !== undefined)
        fail(
          `says that "${lacking[1]}" has the tensor "${lacking[0]}", but no file has it`,
          "Download all shards again.",
        );
    },
  };
}
