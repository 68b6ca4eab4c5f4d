import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { readGgmlHeader } from "../weights/ggml/readGgmlHeader.js";
import { openFileBytes } from "../weights/RandomBytes.js";

/** A model that another program left on this disk. */
export interface LegacyModel {
  /** What it is called here, such as `alpaca.7B`. */
  id: string;
  /** Its file, the first one of several parts. */
  path: string;
}

export interface FoundLegacyModels {
  models: LegacyModel[];
  /** Files that look like models but cannot be read, and why. */
  unreadable: { path: string; reason: string }[];
}

/** Dalai keeps models four folders deep: `dalai/alpaca/models/7B/`. */
const maxDepth = 5;
const skippedFolders = new Set(["node_modules", ".git", "venv", "python", "build"]);
const modelFile = /^ggml-(?!vocab).*\.bin$/i;

/** The quantized file is what was used; one in F16 lies beside it for the conversion only. */
const preference = ["q4_0", "q4", "q4_1", "q5_0", "q5_1", "q8_0", "f16", "f32"];

/** LLaMA's sizes by the width of their embeddings. */
const sizes: Record<number, string> = { 4096: "7B", 5120: "13B", 6656: "30B", 8192: "65B" };

/** Looks for ggml models of Dalai, alpaca.cpp and llama.cpp before August 2023, in `folder` and below. One per name. */
export async function findLegacyModels(folder: string): Promise<FoundLegacyModels> {
  const models = new Map<string, LegacyModel>();
  const unreadable: FoundLegacyModels["unreadable"] = [];
  for (const candidates of await findFolders(folder, maxDepth)) {
    const [path] = candidates.sort((a, b) => rank(a) - rank(b));
    if (path === undefined) continue;
    try {
      const id = `${/alpaca/i.test(path) ? "alpaca" : "llama"}.${await sizeName(path)}`;
      if (!models.has(id)) models.set(id, { id, path });
    } catch (error) {
      unreadable.push({ path, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { models: [...models.values()].sort((a, b) => a.id.localeCompare(b.id, "en", { numeric: true })), unreadable };
}

/** Model files by folder. */
async function findFolders(folder: string, depth: number): Promise<string[][]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const own = entries
    .filter((entry) => entry.isFile() && modelFile.test(entry.name))
    .map((entry) => join(folder, entry.name));
  // alpaca.cpp keeps all sizes in one folder: their names tell them apart.
  const found = own.some((path) => /ggml-alpaca-/i.test(path))
    ? own.map((path) => [path])
    : own.length > 0
      ? [own]
      : [];
  if (depth > 0)
    for (const entry of entries)
      if (entry.isDirectory() && !skippedFolders.has(entry.name))
        found.push(...(await findFolders(join(folder, entry.name), depth - 1)));
  return found;
}

function rank(path: string): number {
  const name = basename(path).toLowerCase();
  const index = preference.findIndex((quantization) => new RegExp(`[-_.]${quantization}\\.bin$`).test(name));
  return index < 0 ? preference.length : index;
}

/** `7B` for LLaMA's sizes, the folder's name for others. */
async function sizeName(path: string): Promise<string> {
  const file = await openFileBytes(path);
  try {
    const { hyperparameters } = await readGgmlHeader(file);
    const folderName = basename(join(path, "..")).replace(/[^A-Za-z0-9._-]+/g, "-");
    return sizes[hyperparameters.embeddingLength] ?? (/^[A-Za-z0-9]/.test(folderName) ? folderName : "imported");
  } finally {
    await file.close();
  }
}
