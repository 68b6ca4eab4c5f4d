/** Something that a pickle names by module and name and that is on the allow-list. */
export class PickleGlobal {
  /** `module.name` */
  readonly name: string;
  readonly call: ((...args: PickleValue[]) => PickleValue) | undefined;

  constructor(name: string, call?: (...args: PickleValue[]) => PickleValue) {
    this.name = name;
    this.call = call;
  }
}

/** Kept apart from lists because a pickle tells them apart. */
export class PickleTuple {
  readonly items: readonly PickleValue[];

  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

/** The bytes of some tensors, which lie outside of the pickle. */
export class PickleStorage {
  /** Name of its place in the file. */
  readonly key: string;
  /** "HalfStorage" and so on. */
  readonly type: string;
  /** Values that it holds. */
  readonly length: number;
  /** Values of the storage `key` before the first of these: old files have storages that are views. */
  readonly viewOffset: number;

  constructor(key: string, type: string, length: number, viewOffset: number) {
    this.key = key;
    this.type = type;
    this.length = length;
    this.viewOffset = viewOffset;
  }
}

/** Where a tensor's values lie in its storage, counted in values. */
export class PickleTensor {
  readonly storage: PickleStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(storage: PickleStorage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** Everything that a pickle of weights can consist of; a dict, ordered or not, is a Map. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | PickleTuple
  | PickleGlobal
  | PickleStorage
  | PickleTensor;
