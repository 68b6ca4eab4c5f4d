/** Byte range from `start` up to, not including, `end`. */
export interface ByteRange {
  start: number;
  end: number;
}

/** Sorted byte ranges that neither touch nor overlap: which parts of a file are there. */
export class RangeSet {
  readonly #ranges: ByteRange[] = [];

  constructor(ranges: Iterable<ByteRange> = []) {
    for (const { start, end } of ranges) this.add(start, end);
  }

  /** A copy, in order. */
  get ranges(): ByteRange[] {
    return this.#ranges.map(({ start, end }) => ({ start, end }));
  }

  get totalBytes(): number {
    return this.#ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** How far the file is whole from its beginning. */
  get prefixBytes(): number {
    const [first] = this.#ranges;
    return first !== undefined && first.start === 0 ? first.end : 0;
  }

  add(start: number, end: number): void {
    if (end <= start) return;
    let from = 0;
    while (from < this.#ranges.length && (this.#ranges[from]?.end ?? 0) < start) from++;
    let to = from;
    let merged: ByteRange = { start, end };
    for (let range = this.#ranges[to]; range !== undefined && range.start <= end; range = this.#ranges[++to])
      merged = { start: Math.min(merged.start, range.start), end: Math.max(merged.end, range.end) };
    this.#ranges.splice(from, to - from, merged);
  }

  clear(): void {
    this.#ranges.length = 0;
  }

  includes(start: number, end: number): boolean {
    return end <= start || this.#ranges.some((range) => range.start <= start && end <= range.end);
  }

  /** The first byte from `offset` on that is not there. */
  firstMissing(offset: number): number {
    return this.#ranges.find((range) => range.start <= offset && offset < range.end)?.end ?? offset;
  }

  /** The first missing piece of at most `maxBytes` before `sizeBytes`, or `undefined` when nothing is missing from `from` on. */
  firstGap(sizeBytes: number, maxBytes: number, from = 0): ByteRange | undefined {
    let start = from;
    for (const range of this.#ranges) {
      if (range.end <= start) continue;
      if (range.start > start) return { start, end: Math.min(range.start, start + maxBytes) };
      start = range.end;
    }
    return start < sizeBytes ? { start, end: Math.min(sizeBytes, start + maxBytes) } : undefined;
  }
}
