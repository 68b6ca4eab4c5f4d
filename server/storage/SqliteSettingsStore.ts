import type { Preset, Settings, SettingsScope, SettingsValue } from "../protocol/conversation.js";
import type { Db } from "./openDatabase.js";
import { type Prepared, prepareAll } from "./prepareAll.js";
import type { SettingsStore } from "./SettingsStore.js";

const modelPrefix = "model:";

const statements = {
  scopes: "SELECT scope, value FROM settings ORDER BY scope",
  set: "INSERT INTO settings (scope, value) VALUES (?, ?) ON CONFLICT (scope) DO UPDATE SET value = excluded.value",
  remove: "DELETE FROM settings WHERE scope = ?",
  presets: "SELECT name, value FROM presets ORDER BY name COLLATE NOCASE",
  savePreset: "INSERT INTO presets (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  deletePreset: "DELETE FROM presets WHERE name = ?",
};

/** {@link SettingsStore} in a SQLite database: everything is done when a method returns. */
export class SqliteSettingsStore implements SettingsStore {
  readonly #statements: Prepared<typeof statements>;

  constructor(db: Db) {
    this.#statements = prepareAll(db, statements);
  }

  all(): Settings {
    const settings: Settings = { everyone: {}, models: {}, presets: [] };
    for (const { scope, value } of this.#statements.scopes.all() as { scope: string; value: string }[]) {
      if (scope === "everyone") settings.everyone = JSON.parse(value);
      else settings.models[scope.slice(modelPrefix.length)] = JSON.parse(value);
    }
    for (const { name, value } of this.#statements.presets.all() as { name: string; value: string }[])
      settings.presets.push({ ...JSON.parse(value), name });
    return settings;
  }

  set(scope: SettingsScope, value: SettingsValue): void {
    const key = scope === "everyone" ? scope : modelPrefix + scope.modelId;
    const empty = value.systemPrompt === undefined && Object.keys(value.sampling ?? {}).length === 0;
    if (empty) this.#statements.remove.run(key);
    else this.#statements.set.run(key, JSON.stringify(value));
  }

  savePreset({ name, ...value }: Preset): void {
    this.#statements.savePreset.run(name, JSON.stringify(value));
  }

  deletePreset(name: string): void {
    this.#statements.deletePreset.run(name);
  }
}
