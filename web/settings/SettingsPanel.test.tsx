import { act, cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import type { LoadPlan } from "../../server/protocol/loadSettings.js";
import type { ModelInfo } from "../../server/protocol/model.js";
import { AppProvider } from "../state/AppContext.js";
import { createApp } from "../state/createApp.js";
import { FakeConnection } from "../state/FakeConnection.js";
import SettingsPanel from "./SettingsPanel.js";

afterEach(cleanup);

const memory = {
  weightsBytes: 7_000_000,
  kvCacheBytes: 1_000_000,
  restBytes: 2_000_000,
  totalBytes: 10_000_000,
  contextTokens: 512,
  sequences: 4,
};
const plan: LoadPlan = {
  settings: {},
  usual: { contextTokens: 512, kvCacheType: "f16", threads: 2 },
  limits: { contextTokens: 512, threads: 2 },
  memory,
  loaded: memory,
  availableBytes: 1_000_000_000,
};
const answerPlans = (connection: FakeConnection) => {
  connection.answers["model:plan"] = () => ({ ok: true, data: { plan } });
};
const refusePlans = (connection: FakeConnection) => {
  connection.answers["model:plan"] = () => ({
    ok: false,
    error: { code: "request_timeout", message: "No answer in time." },
  });
};
const model = (id: string): ModelInfo => ({
  id,
  name: id,
  kind: "chat",
  demo: false,
  sizeBytes: 7_000_000,
  contextTokens: 512,
  quantization: "Q8_0",
  examplePrompts: [],
  samplingDefaults: {},
  status: { state: "ready" },
});

function show(prepare: (connection: FakeConnection) => void) {
  const connection = new FakeConnection();
  prepare(connection);
  const app = createApp({ connection, history: { pushState: () => {}, replaceState: () => {} } });
  connection.setStatus("connected");
  const { store } = app;
  const list = ["alpaca.7B", "llama.7B"].map(model);
  store.setState((state) => ({ ...state, models: { list, error: undefined, selectedId: "alpaca.7B" } }));
  render(
    <AppProvider app={app}>
      <input aria-label="elsewhere" />
      <SettingsPanel drawer={false} besideText={false} onClose={() => {}} />
    </AppProvider>,
  );
  return { app, connection, store };
}
const summary = () => screen.getByText("Model in memory");
const section = () => summary().closest("details");
const context = () => screen.findByLabelText("Context", { exact: true });

describe("a larger context that is asked for", () => {
  it("leads to how the model is held, once: another model's turn leaves the focus where it is", async () => {
    const { app, store } = show(answerPlans);
    act(() => app.actions.showSettings("loading"));
    expect(document.activeElement).toBe(summary());
    expect(section()?.open).toBe(true);
    expect(store.getState().settingsPanel).toBe("parameters");
    await context();
    expect(section()?.open).toBe(true);

    screen.getByLabelText("elsewhere").focus();
    act(() => store.setState((state) => ({ ...state, models: { ...state.models, selectedId: "llama.7B" } })));
    await context();
    expect(document.activeElement).toBe(screen.getByLabelText("elsewhere"));
  });

  it("leads there again from a closed section and from what everyone has", async () => {
    const { app } = show(answerPlans);
    act(() => app.actions.showSettings("loading"));
    await context();
    await userEvent.click(summary());
    expect(section()?.open).toBe(false);
    act(() => app.actions.showSettings("loading"));
    expect(section()?.open).toBe(true);

    await userEvent.click(screen.getByText("Everyone", { exact: true }));
    expect(screen.queryByText("Model in memory")).toBeNull();
    act(() => app.actions.showSettings("loading"));
    expect(section()?.open).toBe(true);
    expect(document.activeElement).toBe(summary());
  });
});

describe("what the model takes", () => {
  it("is asked for again when the line is back, and until then says why it is not known", async () => {
    const { connection } = show(refusePlans);
    await screen.findByRole("alert", { hidden: true });
    expect(screen.queryByText("Asking what the model takes…")).toBeNull();
    act(() => connection.setStatus("reconnecting"));
    answerPlans(connection);
    act(() => connection.setStatus("connected"));
    await context();
    expect(screen.queryByRole("alert", { hidden: true })).toBeNull();
  });

  it("is asked for again by a press when it could not be had on a line that is there", async () => {
    const { connection, app } = show(refusePlans);
    act(() => app.actions.showSettings("loading"));
    const again = await screen.findByRole("button", { name: "Try again" });
    await userEvent.click(again);
    // Still refused: the button is back.
    await screen.findByRole("button", { name: "Try again" });
    answerPlans(connection);
    await userEvent.click(await screen.findByRole("button", { name: "Try again" }));
    await context();
    expect(screen.queryByRole("alert", { hidden: true })).toBeNull();
    expect(document.activeElement).toBe(summary());
  });

  it("must be known before a change is applied", async () => {
    const { connection, app } = show(answerPlans);
    act(() => app.actions.showSettings("loading"));
    const cache = await screen.findByLabelText("KV cache");
    refusePlans(connection);
    await userEvent.selectOptions(cache, "q8_0");
    const reload = screen.getByRole<HTMLButtonElement>("button", { name: "Reload the model" });
    expect(reload.disabled).toBe(true);
    await screen.findByRole("alert");
    expect(reload.disabled).toBe(true);
    answerPlans(connection);
    await userEvent.selectOptions(cache, "q4_0");
    await expect.poll(() => reload.disabled).toBe(false);
    expect(screen.queryByRole("alert")).toBeNull();
  });
});
