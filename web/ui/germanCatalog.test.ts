import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { catalogTextInGerman } from "./germanCatalog.js";

interface Described {
  description: string;
  license: { name: string };
}

const models = join(import.meta.dirname, "..", "..", "models");
const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(models, ...path), "utf8"));
const catalog = read("catalog.json") as { models: Described[] };
const demo = read("demo", "model.json") as Described;

/** Proper names, which are the same in every language. */
const names = new Set(["Apache 2.0", "MIT", "Llama 3.1 Community License", "Llama 3.2 Community License"]);

it("has German words for every description and licence of the catalog and of the model that ships", () => {
  const texts = new Set([...catalog.models, demo].flatMap(({ description, license }) => [description, license.name]));
  expect(texts.size).toBeGreaterThan(15);
  expect([...texts].filter((text) => !names.has(text) && catalogTextInGerman(text) === text)).toEqual([]);
});

it("leaves what others say of their models", () => {
  expect(catalogTextInGerman("My own model.")).toBe("My own model.");
});
