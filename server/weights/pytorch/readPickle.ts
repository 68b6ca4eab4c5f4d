import { type PickleContext, PickleMachine } from "./PickleMachine.js";
import type { PickleValue } from "./PickleValue.js";
import { pickleRefused } from "./pytorchError.js";

/** What torch.save writes for tensors in dicts, lists and tuples. Names and numbers: CPython `Lib/pickletools.py`. */
const opcodes: ReadonlyMap<number, (machine: PickleMachine) => void> = new Map([
  [0x80, checkProtocol], // PROTO
  [0x95, (machine: PickleMachine) => void machine.skip(8)], // FRAME, only says how much follows
  [0x28, (machine) => machine.pushMark()], // MARK
  [0x4e, (machine) => machine.push(null)], // NONE
  [0x88, (machine) => machine.push(true)], // NEWTRUE
  [0x89, (machine) => machine.push(false)], // NEWFALSE
  [0x4b, (machine) => machine.push(machine.uint8())], // BININT1
  [0x4d, (machine) => machine.push(machine.uint16())], // BININT2
  [0x4a, (machine) => machine.push(machine.int32())], // BININT
  [0x8a, (machine) => machine.push(machine.long(machine.uint8()))], // LONG1
  [0x47, (machine) => machine.push(machine.float64())], // BINFLOAT
  [0x58, (machine) => machine.push(machine.text(machine.uint32()))], // BINUNICODE
  [0x8c, (machine) => machine.push(machine.text(machine.uint8()))], // SHORT_BINUNICODE
  [0x54, (machine) => machine.push(machine.text(machine.uint32()))], // BINSTRING, Python 2
  [0x55, (machine) => machine.push(machine.text(machine.uint8()))], // SHORT_BINSTRING, Python 2
  [0x29, (machine) => machine.pushTuple(0)], // EMPTY_TUPLE
  [0x85, (machine) => machine.pushTuple(1)], // TUPLE1
  [0x86, (machine) => machine.pushTuple(2)], // TUPLE2
  [0x87, (machine) => machine.pushTuple(3)], // TUPLE3
  [0x74, pushTupleToMark], // TUPLE
  [0x5d, (machine) => machine.push([])], // EMPTY_LIST
  [0x61, (machine) => machine.append([machine.pop()])], // APPEND
  [0x65, (machine) => machine.append(machine.popToMark())], // APPENDS
  [0x7d, (machine) => machine.push(new Map())], // EMPTY_DICT
  [0x73, (machine) => machine.setItems([machine.pop(), machine.pop()].reverse())], // SETITEM
  [0x75, (machine) => machine.setItems(machine.popToMark())], // SETITEMS
  [0x71, (machine) => machine.memoize(machine.uint8())], // BINPUT
  [0x72, (machine) => machine.memoize(machine.uint32())], // LONG_BINPUT
  [0x94, (machine) => machine.memoize()], // MEMOIZE
  [0x68, (machine) => machine.recall(machine.uint8())], // BINGET
  [0x6a, (machine) => machine.recall(machine.uint32())], // LONG_BINGET
  [0x63, (machine) => machine.pushGlobal(machine.line(), machine.line())], // GLOBAL
  [0x93, stackGlobal], // STACK_GLOBAL
  [0x52, (machine) => machine.reduce()], // REDUCE
  [0x51, (machine) => machine.push(machine.context.persistentLoad(machine.pop()))], // BINPERSID
  [0x62, (machine) => machine.build()], // BUILD
]);

const stop = 0x2e;

/** Instructions that make objects of classes or that torch never writes, for people who know them. */
const refusedNames: ReadonlyMap<number, string> = new Map([
  [0x69, "INST"],
  [0x6f, "OBJ"],
  [0x50, "PERSID"],
  [0x81, "NEWOBJ"],
  [0x92, "NEWOBJ_EX"],
  [0x82, "EXT1"],
  [0x83, "EXT2"],
  [0x84, "EXT4"],
]);

/**
 * Reads one pickle from `bytes` at `start` and says where it ends. Only the instructions above are known; every other
 * one, and every name that is not in `context.globals`, is refused by name. Nothing is executed: names stand for
 * functions of ours. Throws `pickle_refused`, `pytorch_invalid`.
 */
export function readPickle(
  bytes: Uint8Array,
  start: number,
  context: PickleContext,
): { value: PickleValue; end: number } {
  const machine = new PickleMachine(bytes, start, context);
  for (let opcode = machine.uint8(); opcode !== stop; opcode = machine.uint8()) {
    const step = opcodes.get(opcode);
    if (step === undefined) {
      const name = refusedNames.get(opcode) ?? `0x${opcode.toString(16).padStart(2, "0")}`;
      throw pickleRefused(context.fileName, `has the pickle instruction ${name}`);
    }
    step(machine);
  }
  return { value: machine.pop(), end: machine.position };
}

function checkProtocol(machine: PickleMachine): void {
  const version = machine.uint8();
  if (version < 2 || version > 5) machine.fail(`it has version ${version} of the pickle format`);
}

function pushTupleToMark(machine: PickleMachine): void {
  const items = machine.popToMark();
  for (const item of items) machine.push(item);
  machine.pushTuple(items.length);
}

function stackGlobal(machine: PickleMachine): void {
  const [name, module] = [machine.pop(), machine.pop()];
  machine.pushGlobal(module, name);
}
