import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Settings } from "../../server/protocol/conversation.js";
import { createApp } from "./createApp.js";
import { FakeConnection } from "./FakeConnection.js";
import { ownSettings, settingsSource } from "./settingsScopes.js";
import { testConversation } from "./testMessage.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const settings = (everyone: Settings["everyone"]): Settings => ({ everyone, models: {}, presets: [] });

/** The page with one chat open. The server stores whatever it is told. */
async function startPage() {
  const conversation = testConversation("c1", {});
  const connection = new FakeConnection({
    "settings:get": () => ({ ok: true, data: { settings: settings({}) } }),
    "settings:set": ({ value }) => ({ ok: true, data: { settings: settings(value) } }),
    "conversation:open": () => ({ ok: true, data: { conversation, messages: [] } }),
    "conversation:update": (change) => ({
      ok: true,
      data: { conversation: { ...conversation, settings: change.settings ?? {} } },
    }),
  });
  const app = createApp({ connection, history: { pushState: () => {}, replaceState: () => {} } });
  connection.setStatus("connected");
  app.actions.openPath("/c/c1");
  await vi.advanceTimersByTimeAsync(1);
  const own = (scope: "chat" | "everyone") => ownSettings(settingsSource(app.store.getState()), scope);
  return { app, connection, own };
}

it("shows each step of a slider at once and stores the last one only", async () => {
  const { app, connection, own } = await startPage();
  for (const temperature of [0.1, 0.2, 0.3]) app.actions.editSettings("everyone", { sampling: { temperature } });
  expect(own("everyone")).toEqual({ sampling: { temperature: 0.3 } });
  expect(connection.payloads("settings:set")).toEqual([]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(connection.payloads("settings:set")).toEqual([
    { scope: "everyone", value: { sampling: { temperature: 0.3 } } },
  ]);
  expect(app.store.getState().settings.unsent).toEqual({});
  expect(own("everyone")).toEqual({ sampling: { temperature: 0.3 } });
});

it("stores what was changed a moment ago before it asks for a reply", async () => {
  const { app, connection } = await startPage();
  app.actions.lockSeed(7);
  void app.actions.regenerate("m1");
  await vi.advanceTimersByTimeAsync(1);
  const names = connection.asked.map(({ name }) => name);
  expect(connection.payloads("conversation:update")).toEqual([
    { conversationId: "c1", settings: { sampling: { seed: 7 } } },
  ]);
  expect(names.indexOf("conversation:update")).toBeLessThan(names.indexOf("chat:regenerate"));
});

it("sends a new chat's parameters along with its first message, and to no other chat", async () => {
  const { app, connection, own } = await startPage();
  app.store.setState((state) => ({ ...state, models: { ...state.models, selectedId: "m" } }));
  app.actions.newChat();
  app.actions.editSettings("chat", { systemPrompt: "Be kind." });
  app.actions.send("Hello");
  expect(connection.payloads("chat:send")).toMatchObject([{ text: "Hello", settings: { systemPrompt: "Be kind." } }]);
  app.actions.newChat();
  expect(own("chat")).toEqual({});
});

it("takes back what the server refuses, and says so", async () => {
  const { app, connection, own } = await startPage();
  const error = { code: "storage_failed", message: "The disk is full." } as const;
  connection.answers["settings:set"] = () => ({ ok: false, error });
  const heard = vi.fn();
  app.actions.watchSettings(heard);
  app.actions.editSettings("everyone", { systemPrompt: "x" });
  await vi.advanceTimersByTimeAsync(1000);
  expect(heard).toHaveBeenLastCalledWith(error);
  expect(own("everyone")).toEqual({});
});
