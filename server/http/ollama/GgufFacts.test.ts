import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { InstalledModel } from "../../models/ModelRegistry.js";
import { packagePath } from "../../platform/paths.js";
import { GgufFacts } from "./GgufFacts.js";
import { parameterSize } from "./ollamaModels.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-facts-"));
});
afterAll(() => rm(folder, { recursive: true }));

const modelAt = (weightsPath: string, sha256 = "a") =>
  ({ weightsPath, sha256, sizeBytes: 1, installedAtMs: 1 }) as InstalledModel;

describe("GgufFacts", () => {
  it("reads a file once, and again when the model is another one or has come back", async () => {
    const path = join(folder, "model.gguf");
    await copyFile(join(packagePath, "models", "demo", "demo-q8_0.gguf"), path);
    const facts = new GgufFacts();
    const first = await facts.of(modelAt(path));
    expect(first).toMatchObject({ architecture: "llama", quantization: "Q8_0" });
    expect(first?.metadata.get("tokenizer.ggml.tokens")).toBeNull();
    await rm(path);
    expect(await facts.of(modelAt(path))).toBe(first);
    // Installed anew, and not there yet: nothing is remembered of that.
    expect(await facts.of(modelAt(path, "b"))).toBeUndefined();
    await copyFile(join(packagePath, "models", "demo", "demo-q8_0.gguf"), path);
    const again = await facts.of(modelAt(path, "b"));
    expect(again).toEqual(first);
    facts.keepOnly([]);
    await rm(path);
    expect(await facts.of(modelAt(path, "b"))).toBeUndefined();
  });
});

it.each([
  [8_030_261_248, "8.0B"],
  [1_000_000_000, "1B"],
  [134_515_008, "134.52M"],
  [137_000_000, "137M"],
  [67_500, "68K"],
  [12, "12"],
  [undefined, ""],
])("parameterSize writes %s as Ollama does: %s", (count, size) => expect(parameterSize(count)).toBe(size));
