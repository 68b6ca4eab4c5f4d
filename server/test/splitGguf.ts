import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GgufValue } from "../weights/gguf/GgufValue.js";
import { GgufWriter } from "../weights/gguf/GgufWriter.js";
import { openGguf } from "../weights/gguf/openGguf.js";

/** The parts of a split GGUF by their names. */
export type SplitParts = Record<string, Uint8Array>;

/** Splits a GGUF file as llama.cpp's `gguf-split` does: all metadata in the first part, the tensors in order over all of them. */
export async function splitGguf(path: string, partCount: number): Promise<SplitParts> {
  const folder = await mkdtemp(join(tmpdir(), "cria-split-"));
  const source = await openGguf(path);
  try {
    const tensors = [...source.tensors.values()];
    const perPart = Math.ceil(tensors.length / partCount);
    const parts: SplitParts = {};
    for (let part = 0; part < partCount; part++) {
      const own = tensors.slice(part * perPart, (part + 1) * perPart);
      const metadata = new Map<string, GgufValue>(part === 0 ? source.index.metadata : []);
      metadata.set("split.no", { type: "uint16", value: part });
      metadata.set("split.count", { type: "uint16", value: partCount });
      metadata.set("split.tensors.count", { type: "int32", value: tensors.length });
      const name = `Tiny-7M-Q8_0-${String(part + 1).padStart(5, "0")}-of-${String(partCount).padStart(5, "0")}.gguf`;
      const writer = await GgufWriter.open(join(folder, name), { metadata, tensors: own });
      for (const tensor of own) {
        const rows = tensor.shape.slice(0, -1).reduce((product, length) => product * length, 1);
        await writer.append(tensor.name, await tensor.readRows(0, rows));
      }
      await writer.finish();
      await rename(writer.partialPath, join(folder, name));
      parts[name] = await readFile(join(folder, name));
    }
    return parts;
  } finally {
    await source.close();
    await rm(folder, { recursive: true, force: true });
  }
}
