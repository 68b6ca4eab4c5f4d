import type { RandomBytes } from "../RandomBytes.js";
import type { PickleContext } from "./PickleMachine.js";
import { PickleStorage, type PickleValue } from "./PickleValue.js";
import { pytorchError } from "./pytorchError.js";
import { readPickle } from "./readPickle.js";
import { pickleBytesMax, type TorchStorages } from "./TorchStorages.js";
import { storageType, torchContext } from "./torchContext.js";

/** Source: torch/serialization.py */
const magicNumber = 0x1950a86a20f9469cfc6cn;
const protocolVersion = 1001;

/**
 * Reads the format of torch before 1.6: pickles of a magic number, a version, the machine's properties, the checkpoint
 * and the list of its storages' keys; then each storage in that order, a 64-bit number of values and the values.
 * Throws `pytorch_invalid`, `pickle_refused`.
 */
export async function readLegacyFile(file: RandomBytes): Promise<{ value: PickleValue; storages: TorchStorages }> {
  const bytes = await file.read(0, Math.min(file.sizeBytes, pickleBytesMax));
  if (bytes[0] !== 0x80)
    throw pytorchError(
      file.name,
      "it is neither a zip archive nor a pickle",
      "Is this really a PyTorch file? A page saved instead of the download, or a Git LFS pointer, looks like this.",
    );
  const valueBytes = new Map<string, number>();
  const context = watchStorages(torchContext(file.name), valueBytes);
  let position = 0;
  const next = (): PickleValue => {
    const { value, end } = readPickle(bytes, position, context);
    position = end;
    return value;
  };
  if (next() !== magicNumber) throw pytorchError(file.name, "it is a pickle, but not one of torch.save");
  if (next() !== protocolVersion) throw pytorchError(file.name, "it has an unknown version of torch's format");
  const system = next();
  if (system instanceof Map && system.get("little_endian") === false)
    throw pytorchError(file.name, "it is written for big-endian machines", "Look for another file of the model.");
  const value = next();
  const keys = next();
  const places = new Map<string, { sizeBytes: number; offset(): Promise<number> }>();
  for (const key of Array.isArray(keys) ? keys : []) {
    const size = typeof key === "string" ? valueBytes.get(key) : undefined;
    if (typeof key !== "string" || size === undefined || position + 8 > file.sizeBytes)
      throw pytorchError(file.name, "its list of storages is damaged");
    const prefix = await file.read(position, 8);
    const count = Number(new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true));
    const offset = position + 8;
    position = offset + count * size;
    if (position > file.sizeBytes)
      throw pytorchError(file.name, `its values end at byte ${position}, but it has only ${file.sizeBytes} bytes`);
    places.set(key, { sizeBytes: count * size, offset: () => Promise.resolve(offset) });
  }
  return { value, storages: { find: (key) => places.get(key) } };
}

/** Notes how large each storage's values are: the storages themselves do not say. */
function watchStorages(context: PickleContext, valueBytes: Map<string, number>): PickleContext {
  return {
    ...context,
    persistentLoad(id) {
      const storage = context.persistentLoad(id);
      if (storage instanceof PickleStorage) valueBytes.set(storage.key, storageType(storage.type)?.bytes ?? 0);
      return storage;
    },
  };
}
