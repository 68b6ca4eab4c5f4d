import { describe, expect, it } from "vitest";
import type { ModelInfo } from "../../server/protocol/model.js";
import type { AppEvent } from "./AppEvent.js";
import { initialState } from "./AppState.js";
import { reduceApp } from "./reduceApp.js";
import { testConversation } from "./testMessage.js";

const model = (id: string, rest: Partial<ModelInfo> = {}): ModelInfo => ({
  id,
  name: id,
  kind: "chat",
  demo: false,
  sizeBytes: 1,
  contextTokens: 512,
  examplePrompts: [],
  samplingDefaults: {},
  status: { state: "unloaded" },
  ...rest,
});
const stateAfter = (...events: AppEvent[]) => events.reduce(reduceApp, initialState);

describe("models", () => {
  const demo = model("alpaca.demo", { demo: true });
  const failed = model("llama.65B", {
    status: { state: "failed", error: { code: "model_load_failed", message: "Too big." } },
  });

  it("takes an installed model rather than the demo, and the demo rather than one that failed", () => {
    expect(stateAfter({ type: "modelsListed", models: [demo, model("llama.7B")] }).models.selectedId).toBe("llama.7B");
    expect(stateAfter({ type: "modelsListed", models: [failed, demo] }).models.selectedId).toBe("alpaca.demo");
  });

  it("prefers one that is in memory", () => {
    const ready = model("llama.13B", { status: { state: "ready" } });
    expect(stateAfter({ type: "modelsListed", models: [model("llama.7B"), ready] }).models.selectedId).toBe(
      "llama.13B",
    );
  });

  it("keeps the reader's choice, and lets it go when that model is gone", () => {
    const chosen = stateAfter(
      { type: "modelsListed", models: [demo, model("llama.7B")] },
      { type: "modelSelected", modelId: "alpaca.demo" },
      { type: "modelsListed", models: [demo, model("llama.7B")] },
    );
    expect(chosen.models.selectedId).toBe("alpaca.demo");
    expect(reduceApp(chosen, { type: "modelsListed", models: [model("llama.7B")] }).models.selectedId).toBe("llama.7B");
  });

  it("takes news of one model without losing the others", () => {
    const ready = model("alpaca.demo", { demo: true, status: { state: "ready" } });
    const state = stateAfter(
      { type: "modelsListed", models: [demo, model("llama.7B")] },
      { type: "modelsChanged", models: [ready, model("llama.13B")] },
    );
    expect(state.models.list?.map(({ id, status }) => [id, status.state])).toEqual([
      ["llama.7B", "unloaded"],
      ["llama.13B", "unloaded"],
      ["alpaca.demo", "ready"],
    ]);
    expect(state.models.selectedId).toBe("llama.7B");
  });

  it("lists models by name with numbers as numbers, those of another server after them, and the demo last", () => {
    const far = model("gpu.a", { name: "A", engine: "gpu" });
    const others = ["llama.65B", "llama.13B", "b.Zebra", "llama.7B"].map((id) => model(id));
    const { models } = stateAfter(
      { type: "modelsListed", models: [demo, far, ...others] },
      { type: "modelsChanged", models: [model("a.new")] },
    );
    expect(models.list?.map(({ id }) => id)).toEqual([
      "a.new",
      "b.Zebra",
      "llama.7B",
      "llama.13B",
      "llama.65B",
      "gpu.a",
      "alpaca.demo",
    ]);
  });

  it("takes the model of a chat that is opened, if it is still installed", () => {
    const listed: AppEvent = { type: "modelsListed", models: [demo, model("llama.7B")] };
    const open = (modelId: string): AppEvent => ({
      type: "chatOpened",
      conversation: testConversation("c1", { modelId }),
      messages: [],
    });
    expect(stateAfter(listed, open("alpaca.demo")).models.selectedId).toBe("alpaca.demo");
    expect(stateAfter(listed, open("gone.1B")).models.selectedId).toBe("llama.7B");
  });
});

describe("conversations", () => {
  const list: AppEvent = {
    type: "conversationsListed",
    conversations: [testConversation("c1", { updatedAtMs: 1 }), testConversation("c2", { updatedAtMs: 2 })],
  };
  const ids = (state: typeof initialState) => state.conversations.list?.map(({ id }) => id);

  it("puts the newest first, and one that changed at its new place, once", () => {
    const listed = stateAfter(list);
    expect(ids(listed)).toEqual(["c2", "c1"]);
    const changed = testConversation("c1", { updatedAtMs: 3 });
    expect(ids(reduceApp(listed, { type: "conversationListed", conversation: changed }))).toEqual(["c1", "c2"]);
  });

  it("offers to undo the last deletion, until it is settled", () => {
    const gone = stateAfter(
      list,
      { type: "conversationDeleted", conversationId: "c1" },
      { type: "deleted", deletion: { kind: "chat", conversationId: "c1", wasOpen: false } },
    );
    expect(ids(gone)).toEqual(["c2"]);
    expect(gone.deletion).toMatchObject({ conversationId: "c1" });
    expect(reduceApp(gone, { type: "deletionSettled" }).deletion).toBeUndefined();
  });
});

describe("generations", () => {
  const batch: AppEvent = {
    type: "generationEvents",
    batches: [{ generationId: "g1", events: [{ seq: 1, type: "text", text: "hi", tokenCount: 1 }] }],
  };

  it("takes entries of followed generations only", () => {
    expect(stateAfter(batch).generations).toEqual({});
    expect(stateAfter({ type: "generationFollowed", generationId: "g1" }, batch).generations.g1?.text).toBe("hi");
  });

  it("keeps the cursor when the same generation is followed again", () => {
    const follow: AppEvent = { type: "generationFollowed", generationId: "g1" };
    expect(stateAfter(follow, batch, follow).generations.g1?.seq).toBe(1);
  });

  it("marks one whose log is lost as failed, with its text kept", () => {
    const error = { code: "generation_not_found", message: "Gone." } as const;
    const state = stateAfter({ type: "generationFollowed", generationId: "g1" }, batch, {
      type: "generationLost",
      generationId: "g1",
      error,
    });
    expect(state.generations.g1).toMatchObject({ text: "hi", end: { stopReason: "error", error } });
  });
});

describe("connection", () => {
  it("remembers that there was a connection once", () => {
    const state = stateAfter(
      { type: "connectionChanged", status: "connected" },
      { type: "connectionChanged", status: "reconnecting" },
    );
    expect(state.connection).toEqual({ status: "reconnecting", everConnected: true });
  });
});
