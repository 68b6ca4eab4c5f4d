import { expect, it } from "vitest";
import type { InstallableModel, InstallProgress } from "../../server/protocol/install.js";
import type { ModelInfo } from "../../server/protocol/model.js";
import { groupModels } from "./groupModels.js";

const model = (id: string, name: string, state: "ready" | "unloaded", quantization = "Q4_K_M"): ModelInfo => ({
  id,
  name,
  kind: "chat",
  demo: false,
  sizeBytes: 1,
  contextTokens: 2048,
  quantization,
  examplePrompts: [],
  samplingDefaults: {},
  status: { state },
});
const install = (modelId: string, name: string): InstallProgress => ({
  modelId,
  name,
  state: "running",
  step: "fetching",
  message: "",
  fetchedBytes: 0,
  fetchTotalBytes: 0,
  convertedBytes: 0,
  convertTotalBytes: 0,
  bytesPerSecond: 0,
  progress: 0,
});
const could = (modelId: string, name: string, installed = false): InstallableModel => ({
  modelId,
  name,
  family: "llama",
  description: "",
  kind: "chat",
  parameterCount: 1,
  contextTokens: 1,
  license: { name: "MIT", url: "" },
  installed,
  variants: [],
});
const sources = {
  models: [
    model("alpaca.7B", "Alpaca 7B", "unloaded"),
    model("alpaca.demo", "Tiny Demo 7M", "ready", "Q8_0"),
    model("llama.7B", "LLaMA 7B", "ready"),
  ],
  installs: [install("llama.13B", "LLaMA 13B")],
  installable: [could("llama.13B", "LLaMA 13B"), could("llama.30B", "LLaMA 30B"), could("llama.7B", "LLaMA 7B", true)],
};
const idsFor = (query: string) => {
  const { loaded, installed, installing, installable } = groupModels(sources, query);
  return [
    loaded.map(({ id }) => id),
    installed.map(({ id }) => id),
    installing.map(({ modelId }) => modelId),
    installable.map(({ modelId }) => modelId),
  ];
};

it("has each model in one group only", () => {
  expect(idsFor("")).toEqual([["alpaca.demo", "llama.7B"], ["alpaca.7B"], ["llama.13B"], ["llama.30B"]]);
});

it("finds by all words of name, id and quantization, in any order", () => {
  expect(idsFor("7b llama")).toEqual([["llama.7B"], [], [], []]);
  expect(idsFor(" q8 ")).toEqual([["alpaca.demo"], [], [], []]);
  expect(idsFor("13")).toEqual([[], [], ["llama.13B"], []]);
  expect(idsFor("mistral")).toEqual([[], [], [], []]);
});
