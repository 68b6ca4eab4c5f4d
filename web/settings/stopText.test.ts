import fc from "fast-check";
import { expect, it } from "vitest";
import { showStop, unescapeStop } from "./stopText.js";

it("shows line breaks on one line and reads them back", () => {
  expect(showStop("\nUser:\t")).toBe("\\nUser:\\t");
  expect(unescapeStop("\\n### \\x")).toBe("\n### \\x");
  fc.assert(fc.property(fc.string(), (stop) => unescapeStop(showStop(stop)) === stop));
});
