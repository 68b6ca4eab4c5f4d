import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it } from "vitest";
import type { ModelInfo } from "../../server/protocol/model.js";
import { AppProvider } from "../state/AppContext.js";
import { createApp } from "../state/createApp.js";
import { FakeConnection } from "../state/FakeConnection.js";
import { ModelPicker } from "./ModelPicker.js";

afterEach(cleanup);

const model = (id: string, name: string, status: ModelInfo["status"]): ModelInfo => ({
  id,
  name,
  kind: "chat",
  demo: false,
  sizeBytes: 4_081_000_000,
  contextTokens: 2048,
  quantization: "Q4_K_M",
  parameterCount: 6_738_000_000,
  examplePrompts: [],
  samplingDefaults: {},
  status,
});

function show(models: ModelInfo[]) {
  const app = createApp({
    connection: new FakeConnection(),
    history: { pushState: () => {}, replaceState: () => {} },
  });
  app.store.setState((state) => ({ ...state, models: { list: models, error: undefined, selectedId: models[0]?.id } }));
  render(
    <AppProvider app={app}>
      <ModelPicker />
    </AppProvider>,
  );
  return app;
}

it("lists models by state with what one needs to know, and takes the one that is chosen", async () => {
  const error = { code: "model_load_failed", message: "Not enough memory." } as const;
  const app = show([
    model("alpaca.7B", "Alpaca 7B", { state: "ready" }),
    model("llama.7B", "LLaMA 7B", { state: "failed", error }),
    model("llama.13B", "LLaMA 13B", { state: "loading", progress: 0.5 }),
  ]);
  await userEvent.click(screen.getByRole("button", { name: /Choose a model/ }));
  const loaded = screen.getByRole("group", { name: "Loaded" });
  expect(loaded.textContent).toContain("Alpaca 7B");
  expect(loaded.textContent).toContain("Loading 50 %");
  const failed = screen.getByRole("option", { name: /LLaMA 7B/ });
  for (const words of ["6.7B\u00a0parameters", "Q4_K_M", "4.1\u00a0GB", "2,048\u00a0tokens", "Not enough memory."]) {
    expect(failed.textContent).toContain(words);
  }
  await userEvent.keyboard("{ArrowDown}{ArrowDown}{Enter}");
  expect(app.store.getState().models.selectedId).toBe("llama.7B");
  expect(screen.queryByRole("listbox")).toBeNull();
  expect(document.activeElement).toBe(screen.getByRole("button", { name: /LLaMA 7B/ }));
});

it("says that there is no model", () => {
  show([]);
  expect(screen.getByRole<HTMLButtonElement>("button", { name: /No model installed/ }).disabled).toBe(true);
});
