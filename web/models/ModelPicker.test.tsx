import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it } from "vitest";
import type { ModelInfo } from "../../server/protocol/model.js";
import { AppProvider } from "../state/AppContext.js";
import { createApp } from "../state/createApp.js";
import { FakeConnection } from "../state/FakeConnection.js";
import { ModelPicker } from "./ModelPicker.js";

afterEach(cleanup);

const model = (id: string, name: string, status: ModelInfo["status"], rest: Partial<ModelInfo> = {}): ModelInfo => ({
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
  ...rest,
});

function show(models: ModelInfo[]) {
  const connection = new FakeConnection({ "model:unload": () => ({ ok: true, data: {} }) });
  const app = createApp({ connection, history: { pushState: () => {}, replaceState: () => {} } });
  app.store.setState((state) => ({ ...state, models: { list: models, error: undefined, selectedId: models[0]?.id } }));
  render(
    <AppProvider app={app}>
      <ModelPicker />
    </AppProvider>,
  );
  return { app, connection };
}

const memory = {
  weightsBytes: 4_000_000_000,
  kvCacheBytes: 1_000_000_000,
  restBytes: 500_000_000,
  totalBytes: 5_500_000_000,
  contextTokens: 2048,
  sequences: 4,
};
const error = { code: "model_load_failed", message: "Not enough memory." } as const;
const three = () => [
  model("alpaca.7B", "Alpaca 7B", { state: "ready" }, { memory }),
  model("llama.7B", "LLaMA 7B", { state: "failed", error }),
  model("llama.13B", "LLaMA 13B", { state: "loading", progress: 0.5 }),
];

it("lists models by state with what one needs to know, and takes the one that is chosen by the arrows", async () => {
  const { app } = show(three());
  await userEvent.click(screen.getByRole("button", { name: /Choose a model/ }));
  const loaded = screen.getByRole("region", { name: "Loaded" });
  expect(loaded.textContent).toContain("5.5 GB in memory");
  expect(loaded.textContent).toContain("Loading 50 %");
  const failed = screen.getByRole("button", { name: /^LLaMA 7B/ });
  for (const words of ["6.7B\u00a0parameters", "Q4_K_M", "4.1\u00a0GB", "2,048\u00a0tokens", "Not enough memory."]) {
    expect(failed.textContent).toContain(words);
  }
  await userEvent.keyboard("{ArrowDown}{ArrowDown}{ArrowDown}{Enter}");
  expect(app.store.getState().models.selectedId).toBe("llama.7B");
  expect(screen.queryByRole("searchbox")).toBeNull();
  expect(document.activeElement).toBe(screen.getByRole("button", { name: /LLaMA 7B/ }));
});

it("finds by typing wherever the focus is, and Enter takes the first", async () => {
  const { app } = show(three());
  await userEvent.click(screen.getByRole("button", { name: /Choose a model/ }));
  await userEvent.keyboard("{ArrowDown}13");
  expect(screen.getAllByRole("listitem")).toHaveLength(1);
  await userEvent.keyboard("{Enter}");
  expect(app.store.getState().models.selectedId).toBe("llama.13B");
});

it("takes a model out of memory with the button beside it, and stays open", async () => {
  const { connection } = show(three());
  await userEvent.click(screen.getByRole("button", { name: /Choose a model/ }));
  await userEvent.keyboard("{ArrowDown}{ArrowRight}{Enter}");
  expect(connection.payloads("model:unload")).toEqual([{ modelId: "alpaca.7B" }]);
  within(screen.getByRole("region", { name: "Loaded" })).getByText("Alpaca 7B");
});

it("says that there is no model, and still opens for those that could be installed", async () => {
  show([]);
  await userEvent.click(screen.getByRole("button", { name: /No model installed/ }));
  await userEvent.keyboard("mistral");
  screen.getByText("No model is called “mistral”.");
});

it("says why a model is without the small one that was to write guesses for it", async () => {
  const draftFailure = "llama.1B is no longer installed.";
  show([model("llama.13B", "LLaMA 13B", { state: "ready", draftFailure }, { memory })]);
  await userEvent.click(screen.getByRole("button", { name: /Choose a model/ }));
  expect(screen.getByRole("region", { name: "Loaded" }).textContent).toContain(draftFailure);
});
