import { PickleGlobal, PickleTuple, type PickleValue } from "./PickleValue.js";
import { pickleRefused, pytorchError } from "./pytorchError.js";

/** What the pickle's outside is: which names it may use, and what its persistent ids stand for. */
export interface PickleContext {
  /** For errors. */
  readonly fileName: string;
  readonly globals: ReadonlyMap<string, PickleGlobal>;
  persistentLoad(id: PickleValue): PickleValue;
}

const stackMax = 2 ** 20;
const mark = Symbol("mark");
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The stack, the memo and the place in the bytes that a pickle's instructions work on; every step is checked. */
export class PickleMachine {
  readonly context: PickleContext;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #stack: (PickleValue | typeof mark)[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #position: number;

  constructor(bytes: Uint8Array, start: number, context: PickleContext) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = start;
    this.context = context;
  }

  get position(): number {
    return this.#position;
  }

  fail(problem: string): never {
    throw pytorchError(this.context.fileName, problem);
  }

  // Reading

  /** Where the next `count` bytes start; they count as read. */
  skip(count: number): number {
    const start = this.#position;
    if (count > this.#bytes.length - start) this.fail("its pickle ends in the middle");
    this.#position += count;
    return start;
  }

  uint8(): number {
    return this.#view.getUint8(this.skip(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.skip(4), true);
  }

  /** Big-endian, unlike everything else. */
  float64(): number {
    return this.#view.getFloat64(this.skip(8), false);
  }

  /** A little-endian two's complement integer. */
  long(length: number): number | bigint {
    const start = this.skip(length);
    let value = 0n;
    for (let index = length - 1; index >= 0; index -= 1)
      value = (value << 8n) | BigInt(this.#bytes[start + index] ?? 0);
    value = BigInt.asIntN(length * 8, value);
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }

  text(length: number): string {
    const start = this.skip(length);
    try {
      return utf8.decode(this.#bytes.subarray(start, start + length));
    } catch {
      return this.fail("a text in it is not valid UTF-8");
    }
  }

  /** A text up to a newline. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#position);
    if (end < 0) this.fail("its pickle ends in the middle");
    const text = this.text(end - this.#position);
    this.skip(1);
    return text;
  }

  // Stack and memo

  push(value: PickleValue): void {
    if (this.#stack.length >= stackMax) this.fail("its pickle is nested too deeply");
    this.#stack.push(value);
  }

  pushMark(): void {
    if (this.#stack.length >= stackMax) this.fail("its pickle is nested too deeply");
    this.#stack.push(mark);
  }

  pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined || value === mark) this.fail("its pickle is damaged (the stack is empty)");
    return value;
  }

  popToMark(): PickleValue[] {
    const at = this.#stack.lastIndexOf(mark);
    if (at < 0) this.fail("its pickle is damaged (a mark is missing)");
    return this.#stack.splice(at).filter((value) => value !== mark);
  }

  pushTuple(count: number): void {
    this.push(new PickleTuple(Array.from({ length: count }, () => this.pop()).reverse()));
  }

  memoize(index: number = this.#memo.size): void {
    const top = this.#stack.at(-1);
    if (top === undefined || top === mark) this.fail("it remembers nothing");
    if (this.#memo.size >= stackMax) this.fail("its pickle remembers too much");
    this.#memo.set(index, top);
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) this.fail("it recalls what it never remembered");
    this.push(value);
  }

  // Building

  append(items: readonly PickleValue[]): void {
    const list = this.#stack.at(-1);
    if (!Array.isArray(list)) this.fail("it appends to something that is no list");
    for (const item of items) list.push(item);
  }

  setItems(items: readonly PickleValue[]): void {
    const dict = this.#stack.at(-1);
    if (!(dict instanceof Map) || items.length % 2 !== 0) this.fail("it sets an item of something that is no dict");
    for (let index = 0; index < items.length; index += 2) dict.set(items[index] ?? null, items[index + 1] ?? null);
  }

  /** Only names on the list, whatever they would have meant in Python. */
  pushGlobal(module: PickleValue, name: PickleValue): void {
    if (typeof module !== "string" || typeof name !== "string") this.fail("a name in it is no text");
    const full = `${module}.${name}`;
    const known = this.context.globals.get(full);
    if (known === undefined) throw pickleRefused(this.context.fileName, `asks for "${full.slice(0, 100)}"`);
    this.push(known);
  }

  /** Calls our stand-in for what the pickle names. */
  reduce(): void {
    const [args, callee] = [this.pop(), this.pop()];
    if (!(callee instanceof PickleGlobal))
      throw pickleRefused(this.context.fileName, "calls something that is no function");
    if (callee.call === undefined || !(args instanceof PickleTuple))
      throw pickleRefused(this.context.fileName, `calls "${callee.name}"`);
    this.push(callee.call(...args.items));
  }

  /** Attributes of an ordered dict, as a state dict's `_metadata`, are not needed; nothing else may get any. */
  build(): void {
    this.pop();
    if (!(this.#stack.at(-1) instanceof Map))
      throw pickleRefused(this.context.fileName, "sets attributes of an object");
  }
}
