import { describe, expect, it } from "vitest";
import { readConfig } from "../platform/config.js";
import { rowSizeBytes } from "../weights/ggmlTypes.js";
import { llamaTensors } from "../weights/llama/llamaTensors.js";
import { estimateMemory } from "../weights/planMemory.js";
import { chooseTensorTypes } from "../weights/quantize/chooseTensorTypes.js";
import { catalogSchema, countParameters, findCatalogModel, loadCatalog, memoryShape } from "./catalog.js";
import { splitModelId } from "./modelId.js";

const catalog = loadCatalog();
/** What a model gets unless somebody asks for another one. */
const defaultContextTokens = readConfig({}, {}).contextTokens;

describe("the catalog that ships", () => {
  it("has Dalai's models", () => {
    for (const id of [
      "llama.7B",
      "llama.13B",
      "llama.30B",
      "llama.65B",
      "alpaca.7B",
      "alpaca.13B",
      "alpaca.30B",
      "alpaca.65B",
    ])
      expect(findCatalogModel(catalog, id.toLowerCase())?.id).toBe(id);
  });

  it("has each id once, whatever the case, and in two parts", () => {
    const ids = catalog.models.map((model) => model.id.toLowerCase());
    expect(new Set(ids).size).toBe(ids.length);
    for (const model of catalog.models) expect(splitModelId(model.id)).toBeDefined();
  });

  it("has LLaMA's shapes as the paper's Table 2 gives them", () => {
    const table = { "7B": [4096, 32, 32], "13B": [5120, 40, 40], "30B": [6656, 52, 60], "65B": [8192, 64, 80] };
    for (const [size, [dimension, heads, layers]] of Object.entries(table))
      for (const family of ["llama", "alpaca"])
        expect(findCatalogModel(catalog, `${family}.${size}`)?.shape).toMatchObject({
          embedding: dimension,
          heads,
          layers,
        });
  });

  it("has parameter counts that follow from the shapes", () => {
    for (const model of catalog.models) expect(model.parameterCount).toBe(countParameters(model.shape));
    // Known from the published checkpoints.
    expect(findCatalogModel(catalog, "llama.7B")?.parameterCount).toBe(6_738_415_616);
    expect(findCatalogModel(catalog, "llama.65B")?.parameterCount).toBe(65_285_660_672);
    expect(findCatalogModel(catalog, "llama.3.2-1B")?.parameterCount).toBe(1_235_814_400);
  });

  it("names a default that is offered", () => {
    for (const model of catalog.models)
      expect(model.variants.map((variant) => variant.quantization)).toContain(model.defaultQuantization);
  });

  it.each(catalog.models.map((model) => [model.id, model] as const))(
    "has sizes and memory of %s that follow from its shape",
    (_, { shape, contextTokens, variants }) => {
      const { layers, embedding, heads, keyValueHeads, headSize, feedForward, vocabulary, tiedEmbeddings } = shape;
      const parameters = {
        contextTokens,
        embeddingLength: embedding,
        blockCount: layers,
        feedForwardLength: feedForward,
        headCount: heads,
        keyValueHeadCount: keyValueHeads,
        headLength: headSize,
        headLengthIsExplicit: false,
        vocabularySize: vocabulary,
        rmsEpsilon: 1e-5,
        ropeTheta: 10_000,
        ropeScaling: undefined,
        tiedEmbeddings,
      };
      const tensors = llamaTensors(parameters)
        .filter(({ optional }) => !optional)
        .map((tensor) => ({ ...tensor, type: tensor.shape.length > 1 ? ("F16" as const) : ("F32" as const) }));
      for (const { quantization, sizeBytes, ramBytes } of variants) {
        const model = {
          architecture: "llama",
          blockCount: layers,
          nextnLayerCount: 0,
          headCount: heads,
          headCountKv: keyValueHeads,
          expertCount: 0,
        };
        const types = chooseTensorTypes(tensors, quantization, model);
        const tensorSizeBytes = tensors.reduce((sum, { name, shape: [first = 1, columns] }) => {
          const type = types.get(name)?.type ?? "F32";
          return sum + (columns === undefined ? rowSizeBytes(type, first) : first * rowSizeBytes(type, columns));
        }, 0);
        // Beside the tensors there are names, the vocabulary and its merges.
        const headerBytes = vocabulary * 60;
        expect(sizeBytes, quantization).toBeGreaterThan(tensorSizeBytes * 0.995);
        expect(sizeBytes, quantization).toBeLessThan((tensorSizeBytes + headerBytes) * 1.005);
        const plan = estimateMemory(
          memoryShape(shape, tensorSizeBytes),
          Math.min(contextTokens, defaultContextTokens),
          1,
        );
        expect(Math.abs(ramBytes / plan.totalBytes - 1), `${quantization} ${ramBytes} ${plan.totalBytes}`).toBeLessThan(
          0.01,
        );
      }
    },
  );

  it("makes Alpaca 7B from Stanford's weight difference first, with their checksum", () => {
    const [source] = findCatalogModel(catalog, "alpaca.7B")?.sources ?? [];
    expect(source).toMatchObject({
      type: "checkpoint",
      repository: "huggyllama/llama-7b",
      addDiff: { repository: "tatsu-lab/alpaca-7b-wdiff", expectedParameterSum: 50637.1836 },
    });
    expect(findCatalogModel(catalog, "alpaca.7B")?.shape.vocabulary).toBe(32_001);
  });

  it("does not claim to have seen what nobody saw on the live hub", () => {
    for (const model of catalog.models) for (const source of model.sources) expect(source.checked).toBe(false);
  });
});

describe("a catalog that is wrong", () => {
  const [model] = catalog.models;
  it.each([
    ["an id without a family", { ...model, id: "7B" }],
    ["a repository that is a path", { ...model, sources: [{ type: "gguf", repository: "../../etc", checked: false }] }],
    ["no source", { ...model, sources: [] }],
    ["an unknown quantization", { ...model, defaultQuantization: "Q9_Z" }],
  ])("is refused: %s", (_, changed) => {
    expect(catalogSchema.safeParse({ catalogVersion: 1, models: [changed] }).success).toBe(false);
  });
});
