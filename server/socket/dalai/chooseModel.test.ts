import { expect, it } from "vitest";
import type { InstalledModel } from "../../models/ModelRegistry.js";
import { chooseModel } from "./chooseModel.js";

function installed(id: string): InstalledModel {
  return {
    id,
    name: id,
    description: undefined,
    kind: "completion",
    promptFormat: "raw",
    demo: false,
    folderPath: "/",
    weightsPath: "/x.gguf",
    sizeBytes: 1,
    sha256: "",
    installedAtMs: 0,
    license: undefined,
    contextTokens: 512,
    quantization: undefined,
    parameterCount: undefined,
    samplingDefaults: {},
    examplePrompts: [],
  };
}

const models = ["alpaca.7B", "alpaca.13B", "llama.7B", "qwen.0.6B"].map(installed);
const choose = (wanted: string | undefined, offered: string[] = []) => {
  const choice = chooseModel(models, wanted, offered);
  return [choice?.model.id, choice?.instead];
};

it("[DA10] finds family and name in any case", () => {
  expect(choose("llama.7B")).toEqual(["llama.7B", undefined]);
  expect(choose("ALPACA.13b")).toEqual(["alpaca.13B", undefined]);
  expect(choose("qwen.0.6b")).toEqual(["qwen.0.6B", undefined]);
});

it("[DA10] takes a name alone for LLaMA's, or for the family that has it", () => {
  expect(choose("7B")).toEqual(["llama.7B", undefined]);
  expect(choose("13b")).toEqual(["alpaca.13B", undefined]);
});

it("[DA10] replaces a missing model by the first offered one that is installed, else by the first installed", () => {
  expect(choose(undefined, ["llama.65B", "llama.7B"])).toEqual(["llama.7B", undefined]);
  expect(choose(undefined, ["llama.65B"])).toEqual(["alpaca.7B", undefined]);
  expect(choose(undefined)).toEqual(["alpaca.7B", undefined]);
});

it("[DA10] replaces a model that is gone and says so", () => {
  expect(choose("llama.65B")).toEqual(["llama.7B", "llama.65B"]);
  expect(choose("llama.65B", ["llama.65B", "alpaca.13B"])).toEqual(["alpaca.13B", "llama.65B"]);
  expect(choose("../../etc/passwd")).toEqual(["alpaca.7B", "../../etc/passwd"]);
  expect(choose(".")).toEqual(["alpaca.7B", "."]);
});

it("[DA10] has nothing to choose from when nothing is installed", () => {
  expect(chooseModel([], "llama.7B", [])).toBeUndefined();
});
