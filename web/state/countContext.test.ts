import { describe, expect, it, vi } from "vitest";
import { createStore } from "zustand/vanilla";
import type { ModelInfo } from "../../server/protocol/model.js";
import type { AppEvent } from "./AppEvent.js";
import { type AppState, initialState } from "./AppState.js";
import { countContext } from "./countContext.js";
import { FakeConnection } from "./FakeConnection.js";
import { reduceApp } from "./reduceApp.js";
import { testConversation, testCount, testMessage } from "./testMessage.js";

const model = (state: "ready" | "unloaded"): ModelInfo => ({
  id: "llama.7B",
  name: "LLaMA 7B",
  kind: "chat",
  demo: false,
  sizeBytes: 1,
  contextTokens: 2048,
  examplePrompts: [],
  samplingDefaults: {},
  status: { state },
});
const stats = {
  promptTokens: 40,
  cachedTokens: 0,
  generatedTokens: 10,
  contextTokens: 2048,
  promptEvalMs: 1,
  generationMs: 1,
  ttftMs: 1,
  tokensPerSecond: 1,
  seed: 1,
};
const messages = [
  testMessage("m1", undefined),
  testMessage("m2", "m1", { role: "assistant", modelId: "llama.7B", stats }),
];

/** Ten tokens per message and one per letter of the draft. */
function start(state: "ready" | "unloaded") {
  const connection = new FakeConnection({
    "chat:count": ({ parentId, draft }) => ({
      ok: true,
      data: testCount((parentId === undefined ? 0 : 20) + draft.length, draft.length),
    }),
  });
  const store = createStore<AppState>(() => initialState);
  const dispatch = (event: AppEvent) => store.setState((before) => reduceApp(before, event), true);
  countContext(store, dispatch, connection, 0);
  dispatch({ type: "connectionChanged", status: "connected" });
  dispatch({ type: "modelsListed", models: [model(state)] });
  const open = () => {
    dispatch({ type: "chatLeft", conversationId: "c1", draft: "" });
    dispatch({ type: "chatOpened", conversation: testConversation("c1", { headMessageId: "m2" }), messages });
  };
  return { connection, dispatch, open, count: () => store.getState().chat.count };
}

describe("countContext", () => {
  it("counts the chat and the draft apart", async () => {
    const { dispatch, open, count } = start("ready");
    open();
    await vi.waitFor(() => expect(count()).toMatchObject({ headId: "m2", promptTokens: 20, draftTokens: 0 }));
    dispatch({ type: "draftChanged", draft: "hello" });
    await vi.waitFor(() => expect(count()).toMatchObject({ promptTokens: 25, draftTokens: 5, contextTokens: 2048 }));
  });

  it("counts all of a first message as the draft", async () => {
    const { dispatch, count } = start("ready");
    dispatch({ type: "draftChanged", draft: "hello" });
    await vi.waitFor(() => expect(count()).toMatchObject({ headId: undefined, promptTokens: 5, draftTokens: 5 }));
  });

  it("loads no model only because an old chat is looked at: the last reply's figures do", async () => {
    const { connection, dispatch, open, count } = start("unloaded");
    open();
    await vi.waitFor(() => expect(count()).toMatchObject({ promptTokens: 50, contextTokens: 2048 }));
    expect(connection.payloads("chat:count")).toEqual([]);
    dispatch({ type: "draftChanged", draft: "hello" });
    await vi.waitFor(() => expect(count()).toMatchObject({ promptTokens: 25, draftTokens: 5 }));
  });

  it("asks what would be sent by what the reader has decided, and again when that changes", async () => {
    const { connection, dispatch, open, count } = start("ready");
    open();
    dispatch({ type: "draftChanged", draft: "hello" });
    await vi.waitFor(() => expect(count()).toMatchObject({ draftTokens: 5 }));
    connection.answers["chat:count"] = () => ({
      ok: true,
      data: { ...testCount(15, 5), notSentTokens: 10, readFromMessageId: "m1" },
    });
    dispatch({ type: "overflowChosen", overflow: "dropOldest" });
    await vi.waitFor(() => expect(count()).toMatchObject({ promptTokens: 15, notSentTokens: 10 }));
    expect(connection.payloads("chat:count").map(({ overflow }) => overflow)).toEqual(["refuse", "dropOldest"]);
  });

  it("counts a system prompt that was just changed", async () => {
    const { connection, dispatch, open, count } = start("ready");
    open();
    await vi.waitFor(() => expect(count()).toMatchObject({ promptTokens: 20 }));
    connection.answers["chat:count"] = () => ({ ok: true, data: { ...testCount(30), systemTokens: 10 } });
    dispatch({ type: "settingsEdited", key: "everyone", value: { systemPrompt: "Be kind." } });
    await vi.waitFor(() => expect(count()).toMatchObject({ systemTokens: 10 }));
  });

  it("asks for one count at a time, and then for the newest", async () => {
    const { connection, dispatch, count } = start("ready");
    let answer: (promptTokens: number) => void = () => {};
    connection.answers["chat:count"] = () =>
      new Promise((resolve) => {
        answer = (promptTokens) => resolve({ ok: true, data: testCount(promptTokens) });
      });
    const drafts = () => connection.payloads("chat:count").map(({ draft }) => draft);
    for (const draft of ["a", "ab", "abc"]) {
      dispatch({ type: "draftChanged", draft });
      // The debounce's own timer, of the same length, was set first and so has run by then.
      await new Promise((resolve) => setTimeout(resolve));
    }
    expect(drafts()).toEqual(["a"]);
    answer(1);
    await vi.waitFor(() => expect(drafts()).toEqual(["a", "abc"]));
    answer(3);
    await vi.waitFor(() => expect(count()?.promptTokens).toBe(3));
  });
});
