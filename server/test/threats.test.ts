import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";

interface Threat {
  id: string;
  mechanism: string;
  tests: string[];
}

const read = (...path: string[]) => readFileSync(join(packagePath, ...path), "utf8");
const inBackticks = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, inside = ""]) => inside);
const threats = [...read("docs", "threats.md").matchAll(/^\| (T\d+) *\| (.*) \| (.*) \|(.*)\|$/gm)].map(
  ([, id = "", , mechanism = "", tests = ""]): Threat => ({ id, mechanism, tests: inBackticks(tests) }),
);

/** `[T7]` cites T7; a title may cite several. */
const cites = (source: string, id: string) => source.includes(`[${id}]`);

describe("docs/threats.md", () => {
  it("has every threat once, in order", () => {
    expect(threats.map(({ id }) => id)).toEqual(Array.from({ length: 28 }, (_, index) => `T${index + 1}`));
  });

  it.each(threats)("$id names where it is closed, and tests that cite it or a decision", ({ id, mechanism, tests }) => {
    const files = inBackticks(mechanism).filter((name) => name.includes(".") && !name.includes("="));
    const [, decision] = /\]\((decisions\/[\w-]+\.md)\)/.exec(mechanism) ?? [];
    for (const file of files) expect([file, existsSync(join(packagePath, file))]).toEqual([file, true]);
    if (decision !== undefined) expect(existsSync(join(packagePath, "docs", decision))).toBe(true);
    else expect([files.length > 0, tests.length > 0]).toEqual([true, true]);
    for (const test of tests) expect([test, cites(read(test), id)]).toEqual([test, true]);
  });

  it("knows every id that a source cites", () => {
    const known = new Set(threats.map(({ id }) => id));
    for (const folder of ["server", "web"])
      for (const name of readdirSync(join(packagePath, folder), { recursive: true, encoding: "utf8" }))
        if (/\.tsx?$/.test(name) && !name.includes("node_modules"))
          for (const [, id = ""] of read(folder, name).matchAll(/\[(T\d+)\]/g))
            expect([name, id, known.has(id)]).toEqual([name, id, true]);
  });
});
