import type { StoreApi } from "zustand/vanilla";
import type { SettingsValue } from "../../server/protocol/conversation.js";
import type { Connection } from "../connection/Connection.js";
import type { PageError } from "../connection/PageError.js";
import type { AppEvent } from "./AppEvent.js";
import type { AppState } from "./AppState.js";
import {
  inheritedSettings,
  keyOfScope,
  newChatKey,
  ownSettings,
  type PanelScope,
  presetOf,
  settingsSource,
  withSampling,
} from "./settingsScopes.js";

interface SettingsActionContext {
  store: StoreApi<AppState>;
  dispatch: (event: AppEvent) => void;
  connection: Connection;
}

/** A slider says something new many times a second. */
const saveDelayMs = 250;

/** What a reader can do with parameters. */
export function createSettingsActions({ store, dispatch, connection }: SettingsActionContext) {
  const waiting = new Map<string, { save: () => Promise<void>; timer: ReturnType<typeof setTimeout> }>();
  let onProblem: (problem: PageError | undefined) => void = () => {};

  const save = async (key: string, value: SettingsValue) => {
    const conversationId = key.startsWith(newChatKey) ? key.slice(newChatKey.length) : undefined;
    const result =
      conversationId !== undefined
        ? await connection.request("conversation:update", { conversationId, settings: value })
        : await connection.request("settings:set", {
            scope: key === "everyone" ? key : { modelId: key.slice("model:".length) },
            value,
          });
    if (result.ok && "settings" in result.data) dispatch({ type: "settingsLoaded", settings: result.data.settings });
    if (result.ok && "conversation" in result.data)
      dispatch({ type: "chatChanged", conversation: result.data.conversation, messages: [] });
    dispatch({ type: "settingsConfirmed", key, value });
    onProblem(result.ok ? undefined : result.error);
  };

  /** Changes a scope's parameters at once here, and a moment later on the server. */
  const editSettings = (scope: PanelScope, value: SettingsValue) => {
    const key = keyOfScope(settingsSource(store.getState()), scope);
    if (key === undefined) return;
    dispatch({ type: "settingsEdited", key, value });
    // A new chat takes its own along when it is sent.
    if (key === newChatKey) return;
    clearTimeout(waiting.get(key)?.timer);
    const saveNow = () => {
      waiting.delete(key);
      return save(key, value);
    };
    waiting.set(key, { save: saveNow, timer: setTimeout(() => void saveNow(), saveDelayMs) });
  };

  return {
    editSettings,
    showSettings: (panel: AppState["settingsPanel"]) => dispatch({ type: "settingsPanelSet", panel }),
    toggleSettings: () =>
      dispatch({
        type: "settingsPanelSet",
        panel: store.getState().settingsPanel === "closed" ? "parameters" : "closed",
      }),

    /** Gives the shown chat a seed of its own; undefined takes it away. */
    lockSeed(seed: number | undefined) {
      const source = settingsSource(store.getState());
      const { sampling } = inheritedSettings(source, "chat");
      editSettings("chat", withSampling(ownSettings(source, "chat"), sampling, "seed", seed));
    },

    async fetchSettings() {
      const result = await connection.request("settings:get", {});
      if (result.ok) dispatch({ type: "settingsLoaded", settings: result.data.settings });
    },

    /** Sends what waits now: a request that is made after this finds it on the server. */
    flushSettings() {
      for (const { save: saveNow, timer } of [...waiting.values()]) {
        clearTimeout(timer);
        void saveNow();
      }
    },

    /** Calls `listener` with what went wrong in saving, or undefined when it went well. Returns how to stop. */
    watchSettings(listener: (problem: PageError | undefined) => void) {
      onProblem = listener;
      return () => {
        onProblem = () => {};
      };
    },

    /** Keeps under a name what counts in a scope now. Resolves with what went wrong, if anything did. */
    async savePreset(scope: PanelScope, name: string): Promise<PageError | undefined> {
      const result = await connection.request("preset:save", {
        preset: presetOf(settingsSource(store.getState()), scope, name),
      });
      if (result.ok) dispatch({ type: "settingsLoaded", settings: result.data.settings });
      return result.ok ? undefined : result.error;
    },
    async deletePreset(name: string): Promise<PageError | undefined> {
      const result = await connection.request("preset:delete", { name });
      if (result.ok) dispatch({ type: "settingsLoaded", settings: result.data.settings });
      return result.ok ? undefined : result.error;
    },
  };
}

export type SettingsActions = ReturnType<typeof createSettingsActions>;

/**
 * The line to the server for a page with parameters: what was changed a moment ago is saved before a reply is asked for, and a new
 * chat takes its own along.
 */
export function settingsFirst(connection: Connection, store: StoreApi<AppState>, flush: () => void): Connection {
  return {
    on: (name, listener) => connection.on(name, listener),
    onStatus: (listener) => connection.onStatus(listener),
    close: () => connection.close(),
    request(name, payload, options) {
      if (!name.startsWith("chat:")) return connection.request(name, payload, options);
      flush();
      const isNew = (name === "chat:send" || name === "chat:count") && !("conversationId" in payload);
      const settings = isNew ? store.getState().settings.unsent[newChatKey] : undefined;
      return connection.request(name, settings ? { ...payload, settings } : payload, options);
    },
  };
}
