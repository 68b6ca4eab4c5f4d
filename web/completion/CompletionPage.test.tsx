import { act, cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it } from "vitest";
import type { PromptTemplate } from "../../server/protocol/conversation.js";
import type { Answers } from "../../server/protocol/events.js";
import type { PageResult } from "../connection/PageError.js";
import { AppProvider } from "../state/AppContext.js";
import { createApp } from "../state/createApp.js";
import { FakeConnection } from "../state/FakeConnection.js";
import CompletionPage from "./CompletionPage.js";

afterEach(cleanup);

const greeting: PromptTemplate = { name: "greeting", text: "Hello {{name}}!", editable: true };

function show(templates: PromptTemplate[]) {
  window.localStorage.clear();
  let refuse = (_result: PageResult<Answers["generation:start"]>) => {};
  const connection = new FakeConnection({
    "template:list": () => ({ ok: true, data: { templates } }),
    "settings:get": () => ({ ok: true, data: { settings: { everyone: {}, models: {}, presets: [] } } }),
    "generation:start": () => new Promise((resolve) => (refuse = resolve)),
  });
  const app = createApp({ connection, history: { pushState: () => {}, replaceState: () => {} } });
  connection.setStatus("connected");
  app.store.setState((state) => ({ ...state, models: { ...state.models, selectedId: "alpaca.7B" } }));
  render(
    <AppProvider app={app}>
      <CompletionPage />
    </AppProvider>,
  );
  return {
    connection,
    endRun: () => act(async () => refuse({ ok: false, error: { code: "request_timeout", message: "Too late." } })),
  };
}
const editor = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Text to go on with" });
async function choose(name: string) {
  await userEvent.click(screen.getByRole("button", { name: "Templates" }));
  await userEvent.click(await screen.findByRole("menuitem", { name }));
}

it("keeps a filled template while the model writes, and takes it when the model is done", async () => {
  const { connection, endRun } = show([greeting]);
  await userEvent.type(editor(), "Before. ");
  await choose("greeting");
  const fields = await screen.findByRole("group", { name: "Fill in greeting" });
  const box = within(fields).getByLabelText<HTMLTextAreaElement>("Name");
  await userEvent.type(box, "Ada");
  await userEvent.click(screen.getByRole("button", { name: "Generate" }));
  await expect.poll(() => connection.payloads("generation:start")).toHaveLength(1);

  const use = within(fields).getByRole<HTMLButtonElement>("button", { name: "Put into the text" });
  expect(use.disabled).toBe(true);
  await userEvent.type(box, "{Enter}");
  expect(box.value).toBe("Ada");
  expect(editor().value).toBe("Before. ");

  await endRun();
  expect(use.disabled).toBe(false);
  await userEvent.click(use);
  expect(editor().value).toBe("Before. Hello Ada!");
  expect(editor().selectionStart).toBe("Before. Hello Ada!".length);
  expect(screen.queryByRole("group", { name: "Fill in greeting" })).toBeNull();
});

it("wants the cursor nowhere when a template changes nothing", async () => {
  show([{ name: "same", text: "abc", editable: true }]);
  await userEvent.type(editor(), "abcdef");
  editor().setSelectionRange(0, 3);
  await choose("same");
  await expect.poll(() => document.activeElement === editor()).toBe(true);
  editor().setSelectionRange(6, 6);
  await userEvent.keyboard("g");
  expect(editor().value).toBe("abcdefg");
  expect(editor().selectionStart).toBe(7);
});
