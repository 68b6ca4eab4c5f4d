import { expect, it } from "vitest";
import { KeyFilter } from "./KeyFilter.js";

/** Writes chunks and gives what comes out. */
function filter() {
  const modes: boolean[] = [];
  const keys = new KeyFilter({
    setRawMode(raw) {
      modes.push(raw);
      return process.stdin;
    },
  });
  // Node 26 gives what was written in pieces one by one.
  const read = () => {
    const pieces: Buffer[] = [];
    for (let piece: unknown = keys.read(); Buffer.isBuffer(piece); piece = keys.read()) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  };
  return { keys, read, modes };
}

it("passes keys through, characters of several bytes whole", () => {
  const { keys, read } = filter();
  const bytes = Buffer.from("a€\u{1b}[A\r");
  keys.write(bytes.subarray(0, 2));
  keys.write(bytes.subarray(2));
  expect(read()).toBe("a€\u{1b}[A\r");
});

it("makes one line of a pasted text, wherever its markers are cut", () => {
  const pasted = "x\u{1b}[200~one\r\ntwo\nthree\rfour\u{1b}[201~\r";
  for (let cut = 1; cut < pasted.length; cut++) {
    const { keys, read } = filter();
    keys.write(pasted.slice(0, cut));
    keys.write(pasted.slice(cut));
    // A line break of two characters that is cut counts as two.
    expect(read().replace("⏎⏎", "⏎")).toBe("xone⏎two⏎three⏎four\r");
  }
});

it("keeps what is typed meanwhile for the next line, and hears Ctrl-C at once", () => {
  const { keys, read, modes } = filter();
  let interrupts = 0;
  keys.hold(() => interrupts++);
  keys.write("ab\u{3}c\u{3}");
  expect([read(), interrupts, modes]).toEqual(["", 2, [true]]);
  keys.release();
  expect(read()).toBe("abc");
  keys.write("\u{3}");
  expect([read(), interrupts]).toEqual(["\u{3}", 2]);
});
