import { basename, dirname, join } from "node:path";
import type { GgufMetadata } from "./GgufValue.js";
import { ggufError } from "./ggufError.js";
import { type GgufHeader, readGgufHeader } from "./readGgufHeader.js";
import type { GgufTensorInfo } from "./readGgufTensorInfos.js";

/** llama.cpp's names for a split model: `NAME-00001-of-00003.gguf`. */
const partName = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/;
const partCountMax = 999;

export interface GgufIndexEntry extends GgufTensorInfo {
  /** Which of the index's `paths` holds the tensor. */
  readonly part: number;
}

/** A model's headers, all parts of a split one taken together. */
export interface GgufIndex {
  /** The files, first part first; one unless the model is split. */
  readonly paths: readonly string[];
  /** The first part's metadata: the others only repeat that they are parts. */
  readonly metadata: GgufMetadata;
  readonly tensors: ReadonlyMap<string, GgufIndexEntry>;
  /** All files together. */
  readonly sizeBytes: number;
}

/**
 * Reads the header of a GGUF file, or of all parts when `path` is any part of a split one.
 * Throws `gguf_invalid`, also when parts are missing or do not belong together; `weights_unreadable`.
 */
export async function readGgufIndex(path: string): Promise<GgufIndex> {
  const paths = partPaths(path);
  const headers: GgufHeader[] = [];
  for (const part of paths) headers.push(await readPart(part, path));
  const first = headers[0];
  if (first === undefined) throw ggufError(basename(path), "it has no parts");

  const tensors = new Map<string, GgufIndexEntry>();
  for (const [part, header] of headers.entries()) {
    checkPart(header, part, paths);
    for (const tensor of header.tensors.values()) {
      if (tensors.has(tensor.name))
        throw ggufError(basename(paths[part] ?? path), `an earlier part has the tensor "${tensor.name}" too`);
      tensors.set(tensor.name, { ...tensor, part });
    }
  }
  const expected = integer(first.metadata, "split.tensors.count");
  if (paths.length > 1 && expected !== undefined && expected !== tensors.size)
    throw ggufError(basename(path), `its parts have ${tensors.size} tensors together instead of ${expected}`);
  const sizeBytes = headers.reduce((sum, header) => sum + header.fileSizeBytes, 0);
  return { paths, metadata: first.metadata, tensors, sizeBytes };
}

/** All files of the model that `path` belongs to, by its name alone: `path` itself unless it is named as a part. */
export function partPaths(path: string): string[] {
  const match = partName.exec(basename(path));
  const count = Number(match?.[3]);
  if (match === null || !(count > 1 && count <= partCountMax)) return [path];
  return Array.from({ length: count }, (_, index) =>
    join(dirname(path), `${match[1]}-${String(index + 1).padStart(5, "0")}-of-${match[3]}.gguf`),
  );
}

async function readPart(part: string, asked: string): Promise<GgufHeader> {
  try {
    return await readGgufHeader(part);
  } catch (error) {
    const missing = error instanceof Error && hasCode(error.cause) && error.cause.code === "ENOENT";
    if (!missing || part === asked) throw error;
    throw ggufError(
      basename(asked),
      `it is one part of a split model, and the part "${basename(part)}" is missing`,
      "Put all parts into the same folder.",
    );
  }
}

function hasCode(value: unknown): value is { code: unknown } {
  return typeof value === "object" && value !== null && "code" in value;
}

function checkPart(header: GgufHeader, part: number, paths: readonly string[]): void {
  const name = basename(paths[part] ?? "");
  const count = integer(header.metadata, "split.count") ?? 0;
  if (paths.length === 1 && count > 1)
    throw ggufError(
      name,
      `it is one of ${count} parts, but not named as one`,
      `Name the parts as they were: NAME-00001-of-${String(count).padStart(5, "0")}.gguf and so on.`,
    );
  if (paths.length === 1) return;
  if (count !== paths.length)
    throw ggufError(name, `its name says that there are ${paths.length} parts, the file itself says ${count}`);
  const number = integer(header.metadata, "split.no");
  if (number !== part)
    throw ggufError(name, `its name says that it is part ${part + 1}, the file says ${(number ?? 0) + 1}`);
}

function integer(metadata: GgufMetadata, key: string): number | undefined {
  const value = metadata.get(key)?.value;
  return typeof value === "number" && Number.isInteger(value) ? value : undefined;
}
