import type { AppEvent } from "./AppEvent.js";
import { newChatKey, type SettingsState } from "./settingsScopes.js";

/** What the reader changes shows at once; what the server says replaces it when it has confirmed the change. */
export function reduceSettings(state: SettingsState, event: AppEvent): SettingsState {
  switch (event.type) {
    case "settingsLoaded":
      return { ...state, stored: event.settings };
    case "settingsEdited":
      return { ...state, unsent: { ...state.unsent, [event.key]: event.value } };
    case "settingsConfirmed":
      return state.unsent[event.key] === event.value ? { ...state, unsent: without(state.unsent, event.key) } : state;
    case "chatLeft":
    case "sendAnswered":
      return newChatKey in state.unsent ? { ...state, unsent: without(state.unsent, newChatKey) } : state;
    default:
      return state;
  }
}

function without(unsent: SettingsState["unsent"], key: string): SettingsState["unsent"] {
  return Object.fromEntries(Object.entries(unsent).filter(([one]) => one !== key));
}
