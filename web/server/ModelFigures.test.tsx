import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import type { LiveModel } from "../../server/protocol/serverStatus.js";
import { estimateOf, ModelFigures, memoryOf } from "./ModelFigures.js";

afterEach(cleanup);

const plan = { weightsBytes: 6e9, kvCacheBytes: 1e9, restBytes: 1e9 };

function show(model: LiveModel, loading?: number): void {
  render(
    <ul>
      <ModelFigures
        model={model}
        name="LLaMA 7B"
        largestBytes={16e9}
        loading={loading}
        gpuFailure={undefined}
        draftFailure={undefined}
      />
    </ul>,
  );
}

it("a model that is being loaded says how far it is, not that its worker is silent", () => {
  show({ modelId: "llama.7B", plan }, 0.4);
  expect(screen.getByText(/^Loading 40/)).toBeDefined();
  expect(screen.queryByText(/too busy to tell/)).toBeNull();
});

it("one whose worker says nothing is told so", () => {
  show({ modelId: "llama.7B", plan });
  expect(screen.getByText(/too busy to tell/)).toBeDefined();
});

it("counts what was measured, and what was estimated until then", () => {
  const model = { modelId: "llama.7B", plan };
  expect(estimateOf(model)).toBe(8e9);
  expect(memoryOf(model)).toBe(8e9);
  expect(memoryOf({ ...model, residentBytes: 7e9 })).toBe(7e9);
});
