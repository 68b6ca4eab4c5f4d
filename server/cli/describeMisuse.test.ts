import { expect, it } from "vitest";
import { describeMisuse } from "./describeMisuse.js";

it.each([
  ["missing required args for command `show <id>`", "Something is missing: cria show <id>"],
  ["Unused args: `a`, `b c`", 'cria show does not take "a", "b c".'],
  ["option `--home <folder>` value is missing", "A value is missing: --home <folder>"],
  ["Unknown option `--homee`", "Unknown option `--homee`"],
])("says %s in words", (message, words) => {
  expect(describeMisuse(message, "show")).toBe(words);
});
