import { expect, it } from "vitest";
import type { ModelInfo } from "../../server/protocol/model.js";
import { modelFacts } from "./modelFacts.js";

const model: ModelInfo = {
  id: "llama.7B",
  name: "LLaMA 7B",
  kind: "completion",
  demo: false,
  sizeBytes: 4_081_004_224,
  contextTokens: 2048,
  examplePrompts: [],
  samplingDefaults: {},
  status: { state: "unloaded" },
};
const facts = (more: Partial<ModelInfo>) =>
  modelFacts({ ...model, ...more }).map((fact) => fact.replaceAll("\u00a0", " "));

it("says what a model on this machine is and how large", () => {
  expect(facts({})).toEqual(["Continues text", "4.1 GB", expect.stringContaining("2,048")]);
});

it("says where a model of another server is, and no size that nobody knows", () => {
  expect(facts({ engine: "gpu", kind: "chat", sizeBytes: 0 })).toEqual(["On gpu", expect.stringContaining("2,048")]);
});
