import { describe, expect, it } from "vitest";
import type { SettingsValue } from "../../server/protocol/conversation.js";
import type { ModelInfo } from "../../server/protocol/model.js";
import {
  inheritedSettings,
  keyOfScope,
  ownSettings,
  presetOf,
  type SettingsSource,
  withSampling,
  withSystemPrompt,
} from "./settingsScopes.js";
import { testConversation } from "./testMessage.js";

const model: ModelInfo = {
  id: "m",
  name: "M",
  kind: "chat",
  demo: false,
  sizeBytes: 1,
  contextTokens: 512,
  examplePrompts: [],
  samplingDefaults: { temperature: 0.5, topK: 20 },
  status: { state: "unloaded" },
};

function source(
  stored: { everyone?: SettingsValue; model?: SettingsValue; chat?: SettingsValue },
  unsent: Record<string, SettingsValue> = {},
): SettingsSource {
  return {
    models: { list: [model], error: undefined, selectedId: "m" },
    settings: {
      stored: { everyone: stored.everyone ?? {}, models: stored.model ? { m: stored.model } : {}, presets: [] },
      unsent,
    },
    conversation: { ...testConversation("c1", {}), settings: stored.chat ?? {} },
    conversationId: "c1",
  };
}

describe("what counts where a scope has nothing of its own", () => {
  const all = source({
    everyone: { systemPrompt: "everyone's", sampling: { topK: 30, topP: 0.9 } },
    model: { systemPrompt: "model's", sampling: { topP: 0.8 } },
    chat: { sampling: { topP: 0.7 } },
  });

  it("is the next wider scope's, then the model's defaults, then the table's", () => {
    expect(inheritedSettings(all, "chat")).toMatchObject({
      systemPrompt: "model's",
      sampling: { topP: 0.8, topK: 30, temperature: 0.5, minP: 0.05 },
    });
    expect(inheritedSettings(all, "model")).toMatchObject({ systemPrompt: "everyone's", sampling: { topP: 0.9 } });
    expect(inheritedSettings(all, "everyone")).toMatchObject({ systemPrompt: "", sampling: { topK: 20, topP: 0.95 } });
  });
});

it("shows what was just changed before the server has it, each chat and model its own", () => {
  const changing = source({ chat: { systemPrompt: "old" } }, { "chat:c1": { systemPrompt: "new" } });
  expect(ownSettings(changing, "chat")).toEqual({ systemPrompt: "new" });
  expect(ownSettings({ ...changing, conversationId: "c2" }, "chat")).toEqual({ systemPrompt: "old" });
  expect(keyOfScope(changing, "model")).toBe("model:m");
  expect(keyOfScope({ ...changing, conversationId: undefined }, "chat")).toBe("chat:");
});

it("keeps only what differs from the inherited value", () => {
  const warm = withSampling({ systemPrompt: "s" }, { temperature: 0.5 }, "temperature", 0.9);
  expect(warm).toEqual({ systemPrompt: "s", sampling: { temperature: 0.9 } });
  expect(withSampling(warm, { temperature: 0.5 }, "temperature", 0.5)).toEqual({ systemPrompt: "s" });
  expect(withSampling(warm, {}, "temperature", undefined)).toEqual({ systemPrompt: "s" });
  expect(withSampling({}, { stop: ["a"] }, "stop", ["a"])).toEqual({});
  expect(withSampling({}, { stop: ["a"] }, "stop", [])).toEqual({ sampling: { stop: [] } });
  expect(withSystemPrompt({ systemPrompt: "mine" }, "wider", "")).toEqual({ systemPrompt: "" });
  expect(withSystemPrompt({ systemPrompt: "mine" }, "wider", "wider")).toEqual({});
});

it("makes a preset of everything that counts in a scope and is nobody's default", () => {
  const all = source({
    everyone: { systemPrompt: "Be brief.", sampling: { topK: 30, topP: 0.9 } },
    model: { sampling: { topP: 0.8 } },
    chat: { sampling: { seed: 7 } },
  });
  expect(presetOf(all, "chat", "Brief")).toEqual({
    name: "Brief",
    systemPrompt: "Be brief.",
    sampling: { topK: 30, topP: 0.8, seed: 7 },
  });
  expect(presetOf(source({}), "chat", "Plain")).toEqual({ name: "Plain" });
});
