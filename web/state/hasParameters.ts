import type { AppState } from "./AppState.js";

/** Whether the parameters can be opened beside a screen: where something is generated with them. */
export function hasParameters(screen: AppState["screen"]): boolean {
  return screen === "chat" || screen === "completion";
}
