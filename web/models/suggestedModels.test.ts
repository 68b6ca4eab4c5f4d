import { expect, it } from "vitest";
import type { InstallableModel } from "../../server/protocol/install.js";
import { recommendedVariant } from "./recommendedVariant.js";
import { suggestedModels } from "./suggestedModels.js";

const limit = { of: "memory", neededBytes: 2, presentBytes: 4 } as const;
const model = (
  modelId: string,
  fit: "fits" | "tight" | "tooBig",
  rest: Partial<InstallableModel> = {},
): InstallableModel => ({
  modelId,
  name: modelId,
  family: "x",
  description: "",
  kind: "chat",
  parameterCount: 1,
  contextTokens: 2048,
  license: { name: "free", url: "https://example.org" },
  installed: false,
  ...(fit === "tooBig" ? {} : { recommended: "Q4_0" as const }),
  variants: [
    {
      quantization: "Q8_0",
      sizeBytes: 2,
      ramBytes: 2,
      downloadBytes: 2,
      peakDiskBytes: 2,
      fit: { fit, reason: "", limit },
    },
    {
      quantization: "Q4_0",
      sizeBytes: 1,
      ramBytes: 1,
      downloadBytes: 1,
      peakDiskBytes: 1,
      fit: { fit, reason: "", limit },
    },
  ],
  ...rest,
});

it("begins with LLaMA 7B, then the biggest handy ones that fit", () => {
  const all = [
    model("llama.7B", "tooBig", { kind: "completion" }),
    model("big", "tooBig", { parameterCount: 9 }),
    model("huge", "fits", { parameterCount: 30e9 }),
    model("small", "fits", { parameterCount: 2 }),
    model("middle", "fits", { parameterCount: 5 }),
    model("here", "fits", { parameterCount: 8, installed: true }),
  ];
  expect(suggestedModels(all).map(({ modelId }) => modelId)).toEqual(["llama.7B", "middle", "small"]);
});

it("proposes the variant that needs least when none fits", () => {
  expect(recommendedVariant(model("big", "tooBig"))?.quantization).toBe("Q4_0");
});
