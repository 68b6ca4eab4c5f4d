import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { modelFolder, splitModelId } from "./modelId.js";

describe("model ids", () => {
  it("are a family and a name, parted by the first dot", () => {
    expect(splitModelId("llama.7B")).toEqual({ family: "llama", name: "7B" });
    expect(splitModelId("llama.3.2-1B")).toEqual({ family: "llama", name: "3.2-1B" });
    expect(modelFolder("/home/models", "alpaca.13B")).toBe(join("/home/models", "alpaca", "13B"));
  });

  it.each([
    "",
    "llama",
    ".7B",
    "llama.",
    "llama..",
    "../x",
    "llama.../x",
    "..%2f",
    "%252e.7B",
    "a\\b.7B",
    "llama.7B\0",
    "CON.7B",
    "llama.nul",
    "llama.com1.x",
    "llama.7B.installing",
    "llama.7B.",
    "llama.７B",
    "-x.7B",
    "llama.-x",
    "7B/../../x",
    `llama.${"x".repeat(300)}`,
  ])("[T7] refuse %j", (id) => {
    expect(splitModelId(id)).toBeUndefined();
    expect(() => modelFolder("/home/models", id)).toThrow(/is not a model id/);
  });
});
