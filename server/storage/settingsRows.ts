import type { Settings, SettingsScope, SettingsValue } from "../protocol/conversation.js";

const modelPrefix = "model:";

/** The key of a scope's row: `everyone` or `model:<id>`. */
export function scopeKey(scope: SettingsScope): string {
  return scope === "everyone" ? scope : modelPrefix + scope.modelId;
}

/** Whether there is nothing in it that would have to be kept. */
export function isEmptyScope({ systemPrompt, sampling }: SettingsValue): boolean {
  return systemPrompt === undefined && Object.keys(sampling ?? {}).length === 0;
}

/** `value` of each row is JSON. */
export function settingsFrom(
  scopes: readonly { scope: string; value: string }[],
  presets: readonly { name: string; value: string }[],
): Settings {
  const settings: Settings = { everyone: {}, models: {}, presets: [] };
  for (const { scope, value } of scopes) {
    if (scope === "everyone") settings.everyone = JSON.parse(value);
    else settings.models[scope.slice(modelPrefix.length)] = JSON.parse(value);
  }
  for (const { name, value } of presets) settings.presets.push({ ...JSON.parse(value), name });
  return settings;
}
