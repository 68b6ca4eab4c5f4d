import type { Preset, Settings, SettingsScope, SettingsValue } from "../../protocol/conversation.js";
import type { SettingsStore } from "../SettingsStore.js";
import { isEmptyScope, scopeKey, settingsFrom } from "../settingsRows.js";
import type { Postgres } from "./Postgres.js";
import { postgresStatements as statements } from "./postgresStatements.js";

/** {@link SettingsStore} of one owner in Postgres. */
export class PostgresSettingsStore implements SettingsStore {
  readonly #postgres: Postgres;
  readonly #owner: string;

  constructor(postgres: Postgres, owner: string) {
    this.#postgres = postgres;
    this.#owner = owner;
  }

  async all(): Promise<Settings> {
    const [scopes, presets] = await Promise.all([
      this.#postgres.ask<{ scope: string; value: string }>(statements.scopes, [this.#owner]),
      this.#postgres.ask<{ name: string; value: string }>(statements.presets, [this.#owner]),
    ]);
    return settingsFrom(scopes.rows, presets.rows);
  }

  async set(scope: SettingsScope, value: SettingsValue): Promise<void> {
    const key = scopeKey(scope);
    if (isEmptyScope(value)) await this.#postgres.ask(statements.removeScope, [this.#owner, key]);
    else await this.#postgres.ask(statements.setScope, [this.#owner, key, JSON.stringify(value)]);
  }

  async savePreset({ name, ...value }: Preset): Promise<void> {
    await this.#postgres.ask(statements.savePreset, [this.#owner, name, JSON.stringify(value)]);
  }

  async deletePreset(name: string): Promise<void> {
    await this.#postgres.ask(statements.deletePreset, [this.#owner, name]);
  }
}
