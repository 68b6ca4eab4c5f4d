import type { GgmlTypeName } from "../ggmlTypes.js";
import type { PickleContext } from "./PickleMachine.js";
import { PickleGlobal, PickleStorage, PickleTensor, PickleTuple, type PickleValue } from "./PickleValue.js";
import { pickleRefused, pytorchError } from "./pytorchError.js";

/** torch's storage classes; weights have the first three, the others occur as buffers. */
const storageTypes: ReadonlyMap<string, { readonly type: GgmlTypeName; readonly bytes: number }> = new Map([
  ["FloatStorage", { type: "F32", bytes: 4 }],
  ["HalfStorage", { type: "F16", bytes: 2 }],
  ["BFloat16Storage", { type: "BF16", bytes: 2 }],
  ["DoubleStorage", { type: "F64", bytes: 8 }],
  ["LongStorage", { type: "I64", bytes: 8 }],
  ["IntStorage", { type: "I32", bytes: 4 }],
  ["ShortStorage", { type: "I16", bytes: 2 }],
  ["CharStorage", { type: "I8", bytes: 1 }],
  ["ByteStorage", { type: "I8", bytes: 1 }],
  ["BoolStorage", { type: "I8", bytes: 1 }],
]);

/** The ggml type of a storage class, and the bytes per value. */
export function storageType(name: string): { readonly type: GgmlTypeName; readonly bytes: number } | undefined {
  return storageTypes.get(name);
}

const dimensionsMax = 8;

/** What pickles of weights name, each standing for something harmless of ours. */
export function torchContext(fileName: string): PickleContext {
  const fail = (problem: string): never => {
    throw pytorchError(fileName, problem);
  };
  const rebuild = (...args: PickleValue[]) => rebuildTensor(args, fail);
  const globals = [
    new PickleGlobal("collections.OrderedDict", (...args) => {
      if (args.length > 0) fail("it has an ordered dict that is not empty at first");
      return new Map();
    }),
    // (storage, offset, shape, strides, requires_grad, backward_hooks[, metadata])
    new PickleGlobal("torch._utils._rebuild_tensor_v2", rebuild),
    // (storage, offset, shape, strides)
    new PickleGlobal("torch._utils._rebuild_tensor", rebuild),
    // (tensor, requires_grad, backward_hooks)
    new PickleGlobal("torch._utils._rebuild_parameter", (tensor = null) => tensor),
    ...[...storageTypes.keys()].map((name) => new PickleGlobal(`torch.${name}`)),
  ];
  return {
    fileName,
    globals: new Map(globals.map((global) => [global.name, global])),
    persistentLoad: (id) => loadStorage(id, fileName, fail),
  };
}

/** `("storage", class, key, device, length[, view])`, a view being None or `(key, offset, length)`. */
function loadStorage(id: PickleValue, fileName: string, fail: (problem: string) => never): PickleStorage {
  const [kind, type, key, , length, view = null] = id instanceof PickleTuple ? id.items : [];
  if (kind !== "storage") throw pickleRefused(fileName, "refers to something outside of it that is no storage");
  const name = type instanceof PickleGlobal ? type.name.replace("torch.", "") : "";
  if (!storageTypes.has(name) || typeof key !== "string" || !isCount(length)) return fail("a storage in it is damaged");
  if (view === null) return new PickleStorage(key, name, length, 0);
  const [, offset, viewLength] = view instanceof PickleTuple ? view.items : [];
  if (!isCount(offset) || !isCount(viewLength) || offset + viewLength > length)
    return fail("a storage in it is damaged");
  return new PickleStorage(key, name, viewLength, offset);
}

function rebuildTensor(
  [storage, offset, shape, strides]: PickleValue[],
  fail: (problem: string) => never,
): PickleTensor {
  if (!(storage instanceof PickleStorage) || !isCount(offset)) return fail("a tensor in it is damaged");
  const lengths = counts(shape);
  const steps = counts(strides);
  if (lengths === undefined || steps?.length !== lengths.length) return fail("a tensor in it has no valid shape");
  const empty = lengths.includes(0);
  const last = empty ? -1 : lengths.reduce((sum, length, axis) => sum + (length - 1) * (steps[axis] ?? 0), offset);
  if (last >= storage.length) return fail("a tensor in it is larger than its storage");
  return new PickleTensor(storage, offset, lengths, steps);
}

function counts(value: PickleValue | undefined): number[] | undefined {
  const items = value instanceof PickleTuple ? value.items : [];
  return value instanceof PickleTuple && items.length <= dimensionsMax && items.every(isCount) ? [...items] : undefined;
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
