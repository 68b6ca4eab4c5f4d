import type { Preset, Settings, SettingsScope, SettingsValue } from "../protocol/conversation.js";
import type { Awaitable } from "../storage/ConversationStore.js";
import type { SettingsStore } from "../storage/SettingsStore.js";
import { type Allowance, plainBytes } from "./Allowance.js";
import type { ChatFeed } from "./ChatFeed.js";
import type { KeyedQueue } from "./KeyedQueue.js";

/** Stored parameters: every change is told to everyone, whole, in the order of the changes. */
export class SettingsService {
  readonly #store: SettingsStore;
  readonly #allowance: Allowance;
  readonly #feed: ChatFeed;
  readonly #queue: KeyedQueue;

  constructor(store: SettingsStore, allowance: Allowance, feed: ChatFeed, queue: KeyedQueue) {
    this.#store = store;
    this.#allowance = allowance;
    this.#feed = feed;
    this.#queue = queue;
  }

  async get(): Promise<Settings> {
    return await this.#store.all();
  }

  /** Throws `allowance_full`. */
  set(scope: SettingsScope, value: SettingsValue): Promise<Settings> {
    return this.#change(async () => {
      await this.#allowance.take(false, { bytes: plainBytes(JSON.stringify(value)) });
      await this.#store.set(scope, value);
    });
  }

  /** Throws `allowance_full`. */
  savePreset(preset: Preset): Promise<Settings> {
    return this.#change(async () => {
      await this.#allowance.take(false, { bytes: plainBytes(JSON.stringify(preset)) });
      await this.#store.savePreset(preset);
    });
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
