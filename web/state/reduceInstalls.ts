import type { InstallProgress } from "../../server/protocol/install.js";
import type { AppEvent } from "./AppEvent.js";
import type { InstallsState } from "./AppState.js";

/** What can be installed, and how installs get on. Each progress tells all there is to know, so that the newest is enough. */
export function reduceInstalls(state: InstallsState, event: AppEvent): InstallsState {
  switch (event.type) {
    case "installsListed":
      return {
        ...state,
        installable: event.installable,
        byId: Object.fromEntries(event.installs.map((install) => [install.modelId, install])),
        error: undefined,
      };
    case "installsFailed":
      return { ...state, error: event.error };
    case "installProgressed": {
      const { install } = event;
      if (install.state === "cancelled") return { ...state, byId: without(state.byId, install.modelId) };
      return {
        ...withInstalled(state, install.modelId, install.state === "installed" ? true : undefined),
        byId: { ...state.byId, [install.modelId]: install },
      };
    }
    case "modelRemoved":
      return { ...withInstalled(state, event.modelId, false), byId: without(state.byId, event.modelId) };
    case "screenOpened":
      return { ...state, wantedId: event.modelId };
    default:
      return state;
  }
}

/** Installs that are not finished: what runs or waits first. */
export function unfinishedInstalls({ byId }: InstallsState): InstallProgress[] {
  const rank = ({ state }: InstallProgress) => (state === "running" ? 0 : 1);
  return Object.values(byId)
    .filter(({ state }) => state !== "installed" && state !== "cancelled")
    .sort((a, b) => rank(a) - rank(b));
}

function withInstalled(state: InstallsState, modelId: string, installed: boolean | undefined): InstallsState {
  if (installed === undefined || !state.installable) return state;
  return {
    ...state,
    installable: state.installable.map((model) => (model.modelId === modelId ? { ...model, installed } : model)),
  };
}

function without(byId: InstallsState["byId"], modelId: string): InstallsState["byId"] {
  return Object.fromEntries(Object.entries(byId).filter(([id]) => id !== modelId));
}
