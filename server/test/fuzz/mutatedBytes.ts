import fc from "fast-check";

/** One thing that goes wrong, and what it is called when it is printed. */
interface Mutation {
  name: string;
  apply(bytes: Buffer): Buffer;
}

/** A mutated file; printed as what was done to it. */
export class MutatedFile {
  readonly bytes: Uint8Array;
  readonly #mutations: readonly Mutation[];

  constructor(whole: Uint8Array, mutations: readonly Mutation[]) {
    this.bytes = mutations.reduce<Buffer>((bytes, mutation) => mutation.apply(bytes), Buffer.from(whole));
    this.#mutations = mutations;
  }

  [fc.toStringMethod](): string {
    return this.#mutations.map(({ name }) => name).join(", ");
  }
}

/** Numbers at which lengths, counts and offsets go wrong. */
const oddNumbers = [
  0n,
  1n,
  2n ** 7n,
  2n ** 15n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

const littleEndian = (value: bigint, length: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes.subarray(0, length);
};

const splice = (bytes: Buffer, at: number, deleted: number, inserted: Uint8Array) =>
  Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + deleted)]);

/** The file with one to six things wrong in it, most of them among its first `headerBytes`. */
export function mutatedBytes(whole: Uint8Array, headerBytes = whole.length): fc.Arbitrary<MutatedFile> {
  const place = fc.oneof(
    { weight: 4, arbitrary: fc.nat(Math.max(0, headerBytes - 1)) },
    { weight: 1, arbitrary: fc.nat(whole.length - 1) },
  );
  const flip = fc.tuple(place, fc.nat(7)).map(
    ([at, bit]): Mutation => ({
      name: `flip bit ${bit} of byte ${at}`,
      apply: (bytes) => {
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        return bytes;
      },
    }),
  );
  const number = fc.tuple(place, fc.constantFrom(...oddNumbers), fc.constantFrom(1, 2, 4, 8)).map(
    ([at, value, length]): Mutation => ({
      name: `${value} in ${length} bytes at ${at}`,
      apply: (bytes) => splice(bytes, at, length, littleEndian(value, length)),
    }),
  );
  const noise = fc.tuple(place, fc.uint8Array({ maxLength: 40 }), fc.nat(40)).map(
    ([at, inserted, deleted]): Mutation => ({
      name: `[${inserted.join(" ")}] for ${deleted} bytes at ${at}`,
      apply: (bytes) => splice(bytes, at, deleted, inserted),
    }),
  );
  const repeat = fc.tuple(place, fc.integer({ min: 1, max: 200 })).map(
    ([at, length]): Mutation => ({
      name: `${length} bytes at ${at} twice`,
      apply: (bytes) => splice(bytes, at, 0, bytes.subarray(at, at + length)),
    }),
  );
  const cut = place.map((at): Mutation => ({ name: `cut off at ${at}`, apply: (bytes) => bytes.subarray(0, at) }));
  return fc
    .array(
      fc.oneof(
        { weight: 4, arbitrary: flip },
        { weight: 4, arbitrary: number },
        { weight: 2, arbitrary: noise },
        { weight: 1, arbitrary: repeat },
        { weight: 1, arbitrary: cut },
      ),
      { minLength: 1, maxLength: 6 },
    )
    .map((mutations) => new MutatedFile(whole, mutations));
}
