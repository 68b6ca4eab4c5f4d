import type { Preset, Settings, SettingsScope, SettingsValue } from "../protocol/conversation.js";
import type { Awaitable } from "./ConversationStore.js";

/** One owner's parameters, of everyone and of single models, and presets. All methods throw `storage_failed`. */
export interface SettingsStore {
  all(): Awaitable<Settings>;

  /** Replaces the scope's parameters; empty ones are forgotten. */
  set(scope: SettingsScope, value: SettingsValue): Awaitable<void>;

  savePreset(preset: Preset): Awaitable<void>;

  deletePreset(name: string): Awaitable<void>;
}
