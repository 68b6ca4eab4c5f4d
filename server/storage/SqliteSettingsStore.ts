import type { Preset, Settings, SettingsScope, SettingsValue } from "../protocol/conversation.js";
import type { Db } from "./openDatabase.js";
import { type Prepared, prepareAll } from "./prepareAll.js";
import type { SettingsStore } from "./SettingsStore.js";
import { isEmptyScope, scopeKey, settingsFrom } from "./settingsRows.js";

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
    return settingsFrom(
      this.#statements.scopes.all() as { scope: string; value: string }[],
      this.#statements.presets.all() as { name: string; value: string }[],
    );
  }

  set(scope: SettingsScope, value: SettingsValue): void {
    if (isEmptyScope(value)) this.#statements.remove.run(scopeKey(scope));
    else this.#statements.set.run(scopeKey(scope), JSON.stringify(value));
  }

  savePreset({ name, ...value }: Preset): void {
    this.#statements.savePreset.run(name, JSON.stringify(value));
  }

  deletePreset(name: string): void {
    this.#statements.deletePreset.run(name);
  }
}
