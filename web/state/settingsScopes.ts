import type { Preset, Settings, SettingsValue } from "../../server/protocol/conversation.js";
import type { Sampling } from "../../server/protocol/sampling.js";
import { samplingLimits } from "../../server/protocol/samplingLimits.js";
import type { AppState } from "./AppState.js";

/** For whom parameters count; the narrower wins. */
export type PanelScope = "chat" | "model" | "everyone";

/** Parameters as they are stored and as the reader is just changing them. */
export interface SettingsState {
  stored: Settings | undefined;
  /** What was changed here and not confirmed yet, by {@link keyOfScope}. Those of a new chat wait here until it is sent. */
  unsent: Readonly<Record<string, SettingsValue>>;
}

/** What of the page's state parameters follow from. */
export interface SettingsSource {
  models: AppState["models"];
  settings: SettingsState;
  conversation: AppState["chat"]["conversation"];
  conversationId: string | undefined;
}

export function settingsSource({ models, settings, chat }: AppState): SettingsSource {
  return { models, settings, conversation: chat.conversation, conversationId: chat.conversationId };
}

const none: SettingsValue = {};

/** The parameters of a chat that nothing was written to yet. */
export const newChatKey = "chat:";

/** Names what a scope stands for just now; undefined for the model's when there is none. */
export function keyOfScope(source: SettingsSource, scope: PanelScope): string | undefined {
  if (scope === "everyone") return scope;
  if (scope === "chat") return `${newChatKey}${source.conversationId ?? ""}`;
  return source.models.selectedId === undefined ? undefined : `model:${source.models.selectedId}`;
}

/** The parameters that a scope has of its own. */
export function ownSettings(source: SettingsSource, scope: PanelScope): SettingsValue {
  const key = keyOfScope(source, scope);
  const unsent = key === undefined ? undefined : source.settings.unsent[key];
  if (unsent) return unsent;
  if (scope === "chat") return source.conversation?.settings ?? none;
  if (scope === "everyone") return source.settings.stored?.everyone ?? none;
  return source.settings.stored?.models[source.models.selectedId ?? ""] ?? none;
}

/** The seed that the shown chat has of its own. */
export function chatSeed(state: AppState): number | undefined {
  return ownSettings(settingsSource(state), "chat").sampling?.seed;
}

/** What counts where a scope has nothing of its own: the wider scopes, then the model's defaults, then the table's. */
export function inheritedSettings(
  source: SettingsSource,
  scope: PanelScope,
): { systemPrompt: string; sampling: Sampling } {
  const model = source.models.list?.find(({ id }) => id === source.models.selectedId);
  const everyone = scope === "everyone" ? {} : ownSettings(source, "everyone");
  const ofModel = scope === "chat" ? ownSettings(source, "model") : {};
  return {
    systemPrompt: ofModel.systemPrompt ?? everyone.systemPrompt ?? "",
    sampling: { ...tableDefaults, ...model?.samplingDefaults, ...everyone.sampling, ...ofModel.sampling },
  };
}

const tableDefaults: Sampling = Object.fromEntries(
  Object.entries(samplingLimits).flatMap(([key, limits]) => ("default" in limits ? [[key, limits.default]] : [])),
);

/** A scope's parameters with one changed; what equals the inherited value, or is undefined, is left out. */
export function withSampling<Key extends keyof Sampling>(
  own: SettingsValue,
  inherited: Sampling,
  key: Key,
  value: Sampling[Key] | undefined,
): SettingsValue {
  const { [key]: _before, ...rest } = own.sampling ?? {};
  const same = value === undefined || JSON.stringify(value) === JSON.stringify(inherited[key]);
  return withoutEmpty({ ...own, sampling: same ? rest : { ...rest, [key]: value } });
}

export function withSystemPrompt(own: SettingsValue, inherited: string, text: string): SettingsValue {
  const { systemPrompt: _before, ...rest } = own;
  return text === inherited ? rest : { ...rest, systemPrompt: text };
}

/** What makes a preset of the parameters that count in a scope now: everything that is at no model's or table's default. */
export function presetOf(source: SettingsSource, scope: PanelScope, name: string): Preset {
  const scopes: PanelScope[] =
    scope === "chat" ? ["everyone", "model", "chat"] : scope === "model" ? ["everyone", "model"] : ["everyone"];
  const merged: SettingsValue = {};
  for (const one of scopes) {
    const { systemPrompt, sampling } = ownSettings(source, one);
    if (systemPrompt !== undefined) merged.systemPrompt = systemPrompt;
    merged.sampling = { ...merged.sampling, ...sampling };
  }
  return { ...withoutEmpty(merged), name };
}

function withoutEmpty({ sampling, ...rest }: SettingsValue): SettingsValue {
  return sampling && Object.keys(sampling).length > 0 ? { ...rest, sampling } : rest;
}
