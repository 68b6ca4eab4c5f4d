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
  limits: { contextTokens: 512, kvCacheTypes: ["f16", "q8_0", "q4_0"], threads: 2 },
  memory,
  drafts: [],
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

describe("the draft model", () => {
  const drafts = [{ modelId: "llama.7B", totalBytes: 22_000_000 }];
  const choice = () => screen.findByRole<HTMLSelectElement>("combobox", { name: "Draft model" });
  const options = (select: HTMLSelectElement) => [...select.options].map((option) => option.textContent);
  const described = (element: HTMLElement) =>
    document.getElementById(element.getAttribute("aria-describedby") ?? "")?.textContent;
  /** Answers as a server that has these drafts and was asked about `settings`. */
  const answer = (connection: FakeConnection, change: Partial<LoadPlan>) => {
    connection.answers["model:plan"] = () => ({ ok: true, data: { plan: { ...plan, ...change } } });
  };
  const showLoading = async (change: Partial<LoadPlan>) => {
    const shown = show((connection) => answer(connection, change));
    act(() => shown.app.actions.showSettings("loading"));
    return { ...shown, select: await choice() };
  };

  it("is automatic, none, or one of those that fit, and says what it takes", async () => {
    const { select, connection } = await showLoading({ drafts });
    expect(options(select)).toEqual(["Automatic: none", "None", "llama.7B (22 MB)"]);
    await userEvent.selectOptions(select, "llama.7B (22 MB)");
    expect(described(select)).toContain("It takes 22 MB of memory beside this model.");
    await expect.poll(() => connection.payloads("model:plan").at(-1)?.settings).toEqual({ draft: "llama.7B" });
    connection.answers["model:configure"] = ({ settings }) => {
      answer(connection, { drafts, settings });
      return { ok: true, data: { plan: { ...plan, drafts, settings } } };
    };
    const reload = screen.getByRole<HTMLButtonElement>("button", { name: "Reload the model" });
    await expect.poll(() => reload.disabled).toBe(false);
    await userEvent.click(reload);
    expect(connection.payloads("model:configure")).toEqual([{ modelId: "alpaca.7B", settings: { draft: "llama.7B" } }]);
    expect((await choice()).value).toBe("llama.7B");
    await userEvent.selectOptions(await choice(), "None");
    await expect.poll(() => connection.payloads("model:plan").at(-1)?.settings).toEqual({ draft: null });
    await userEvent.click(screen.getByRole("button", { name: "Reset Draft model" }));
    await expect.poll(() => connection.payloads("model:plan").at(-1)?.settings).toEqual({});
  });

  it("is the one that was measured where nothing was chosen", async () => {
    const { select } = await showLoading({ drafts, usual: { ...plan.usual, draft: "llama.7B" } });
    expect(options(select)[0]).toBe("Automatic: llama.7B");
    expect(described(select)).toContain("22 MB");
    expect(screen.queryByRole("button", { name: "Reset Draft model" })).toBeNull();
  });

  it("cannot be chosen where no model fits, and says so", async () => {
    const { select } = await showLoading({});
    expect(select.disabled).toBe(true);
    expect(described(select)).toContain("None of the installed models can do that for this one.");
  });

  it("that is gone is named, with the server's reason, and can be taken back", async () => {
    const reason = "llama.1B, which was chosen to write its guesses, is not installed.";
    const { select } = await showLoading({ settings: { draft: "llama.1B" }, draftFailure: reason });
    expect(options(select)).toEqual(["Automatic: none", "None", "llama.1B (cannot be used)"]);
    expect(select.value).toBe("llama.1B");
    await screen.findByText(new RegExp(reason));
    await userEvent.selectOptions(select, "None");
    screen.getByRole("button", { name: "Reload the model" });
  });

  it("that the server refuses is told in its words, and cannot be applied", async () => {
    const { select, connection } = await showLoading({ drafts });
    const message = "llama.7B cannot write guesses for alpaca.7B: their vocabularies differ, token 7 is another one.";
    connection.answers["model:plan"] = () => ({ ok: false, error: { code: "draft_unfit", message } });
    await userEvent.selectOptions(select, "llama.7B (22 MB)");
    expect((await screen.findByRole("alert")).textContent).toContain(message);
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Reload the model" }).disabled).toBe(true);
  });

  it("for which there is no room is told with the numbers", async () => {
    const tooBig = { ...memory, totalBytes: 1_200_000_000 };
    const { select, connection } = await showLoading({ drafts });
    answer(connection, { drafts, memory: tooBig, draftFailure: "It takes more." });
    await userEvent.selectOptions(select, "llama.7B (22 MB)");
    await screen.findByText(/Does not fit: 1\.2 GB are needed and 1 GB are free\./);
    expect(screen.queryByText(/Without the small model/)).toBeNull();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Reload the model" }).disabled).toBe(true);
  });

  it("is offered as soon as a model is installed that can be one", async () => {
    const { connection, store } = await showLoading({});
    answer(connection, { drafts: [{ modelId: "llama.1B", totalBytes: 1e7 }] });
    act(() =>
      store.setState((state) => ({
        ...state,
        models: { ...state.models, list: [...(state.models.list ?? []), model("llama.1B")] },
      })),
    );
    await expect.poll(async () => options(await choice())).toContain("llama.1B (10 MB)");
  });
});
