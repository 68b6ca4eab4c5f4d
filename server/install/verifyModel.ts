import { stat } from "node:fs/promises";
import { demoModelId, type InstalledModel } from "../models/ModelRegistry.js";
import type { Manifest } from "../models/manifest.js";
import { readManifest } from "../models/readManifest.js";
import { AppError } from "../platform/AppError.js";
import { inspectGguf } from "../weights/gguf/inspectGguf.js";
import type { ModelSummary } from "../weights/gguf/readModelSummary.js";
import { findOriginal, type Original } from "./findOriginal.js";
import { hashFile } from "./registerModel.js";

/**
 * Compares an installed model's weights with its manifest, byte for byte, and reads their header; no native code sees them.
 * Throws `install_check_failed`, `gguf_invalid`, `weights_unreadable`.
 */
export async function verifyModel(model: InstalledModel): Promise<{ manifest: Manifest; summary: ModelSummary }> {
  const manifest = await readManifest(model.folderPath);
  const original = await findOriginal(manifest, model.weightsPath);
  const { size } = await stat(model.weightsPath);
  const bad = (what: string) =>
    new AppError("install_check_failed", `${model.id} is damaged: ${what}.`, {
      hint: repairHint(model, manifest, original),
    });
  if (size !== manifest.sizeBytes) throw bad(`its weights have ${size} bytes instead of ${manifest.sizeBytes}`);
  if ((await hashFile(model.weightsPath, size, () => undefined)) !== manifest.sha256)
    throw bad("its checksum is not the one of the day it was installed");
  const { summary } = await inspectGguf(model.weightsPath);
  return { manifest, summary };
}

function repairHint({ id }: InstalledModel, { sources }: Manifest, original: Original | undefined): string {
  if (id === demoModelId) return "It ships with Cria: install Cria again.";
  if (original?.state === "gone")
    return `Remove it (cria remove ${id}), and install it from where its file is now: ${original.path} is gone.`;
  if (original?.state === "shared")
    return `${original.path} is the same file under another name, and was changed. With a good one in its place: cria remove ${id}, then cria install`;
  return `Install it again: cria remove ${id}, then cria install ${sources[0]?.name ?? id}`;
}
