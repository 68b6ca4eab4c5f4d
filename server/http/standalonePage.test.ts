import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";
import { standaloneStyle } from "./standalonePage.js";

/** The first value of each colour; those that follow are for more contrast. */
function coloursOf(css: string): Map<string, string> {
  const colours = new Map<string, string>();
  for (const [, name = "", value = ""] of css.matchAll(/(--[\w-]+): (light-dark\([^)]*\));/g))
    if (!colours.has(name)) colours.set(name, value);
  return colours;
}

it("the pages that stand alone have the colours of the page itself", () => {
  const colours = coloursOf(readFileSync(join(packagePath, "web", "styles", "tokens.css"), "utf8"));
  const standalone = coloursOf(standaloneStyle);
  expect(standalone.size).toBeGreaterThan(5);
  for (const [name, value] of standalone) expect([name, value]).toEqual([name, colours.get(name)]);
});
