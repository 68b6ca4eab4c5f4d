import type { Preset, Settings, SettingsScope, SettingsValue } from "../protocol/conversation.js";
import type { Awaitable } from "../storage/ConversationStore.js";
import type { SettingsStore } from "../storage/SettingsStore.js";
import type { ChatFeed } from "./ChatFeed.js";
import type { KeyedQueue } from "./KeyedQueue.js";

/** Stored parameters: every change is told to everyone, whole, in the order of the changes. */
export class SettingsService {
  readonly #store: SettingsStore;
  readonly #feed: ChatFeed;
  readonly #queue: KeyedQueue;

  constructor(store: SettingsStore, feed: ChatFeed, queue: KeyedQueue) {
    this.#store = store;
    this.#feed = feed;
    this.#queue = queue;
  }

  async get(): Promise<Settings> {
    return await this.#store.all();
  }

  set(scope: SettingsScope, value: SettingsValue): Promise<Settings> {
    return this.#change(() => this.#store.set(scope, value));
  }

  savePreset(preset: Preset): Promise<Settings> {
    return this.#change(() => this.#store.savePreset(preset));
  }

  deletePreset(name: string): Promise<Settings> {
    return this.#change(() => this.#store.deletePreset(name));
  }

  #change(change: () => Awaitable<void>): Promise<Settings> {
    return this.#queue.run("settings", async () => {
      await change();
      const settings = await this.#store.all();
      this.#feed.settingsChanged(settings);
      return settings;
    });
  }
}
