import { expect, it } from "vitest";
import { MessageReader } from "./MessageReader.js";

/** The messages that come of the lines. */
function read(...lines: string[]): string[] {
  const reader = new MessageReader();
  return lines.map((line) => reader.push(line)).filter((message) => message !== undefined);
}

it("takes a line for a message", () => {
  expect(read("one", "", "two")).toEqual(["one", "", "two"]);
});

it("goes on after a backslash", () => {
  expect(read("a\\", "b\\", "c", "d")).toEqual(["a\nb\nc", "d"]);
});

it('takes what stands between """ for one message', () => {
  expect(read('"""', "a", "", "b", '"""', "c")).toEqual(["a\n\nb", "c"]);
  expect(read('"""a', 'b"""', '  """x"""')).toEqual(["a\nb", "x"]);
  expect(read('say """ twice')).toEqual(['say """ twice']);
});

it("forgets what was begun", () => {
  const reader = new MessageReader();
  reader.push('"""');
  expect(reader.open).toBe(true);
  reader.clear();
  expect([reader.open, reader.push("x")]).toEqual([false, "x"]);
});
