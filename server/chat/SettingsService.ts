import type { Preset, Settings, SettingsScope, SettingsValue } from "../protocol/conversation.js";
import type { SettingsStore } from "../storage/SettingsStore.js";
import type { ChatFeed } from "./ChatFeed.js";

/** Stored parameters: every change is told to everyone, whole. */
export class SettingsService {
  readonly #store: SettingsStore;
  readonly #feed: ChatFeed;

  constructor(store: SettingsStore, feed: ChatFeed) {
    this.#store = store;
    this.#feed = feed;
  }

  get(): Settings {
    return this.#store.all();
  }

  set(scope: SettingsScope, value: SettingsValue): Settings {
    this.#store.set(scope, value);
    return this.#tell();
  }

  savePreset(preset: Preset): Settings {
    this.#store.savePreset(preset);
    return this.#tell();
  }

  deletePreset(name: string): Settings {
    this.#store.deletePreset(name);
    return this.#tell();
  }

  #tell(): Settings {
    const settings = this.#store.all();
    this.#feed.settingsChanged(settings);
    return settings;
  }
}
