import type { ModelInfo } from "../../server/protocol/model.js";
import type { AppEvent } from "./AppEvent.js";
import type { AppState } from "./AppState.js";

type Models = AppState["models"];

/** The installed models and the one that answers next. */
export function reduceModels(state: Models, event: AppEvent): Models {
  switch (event.type) {
    case "modelsListed":
      return withList(state, event.models);
    case "modelsChanged": {
      if (!state.list) return state;
      const changed = new Map(event.models.map((model) => [model.id, model]));
      const known = state.list.map((model) => changed.get(model.id) ?? model);
      const added = event.models.filter(({ id }) => !state.list?.some((model) => model.id === id));
      return withList(state, [...known, ...added]);
    }
    case "modelRemoved":
      return state.list
        ? withList(
            state,
            state.list.filter(({ id }) => id !== event.modelId),
          )
        : state;
    case "modelsFailed":
      return { ...state, error: event.error };
    case "modelSelected":
      return { ...state, selectedId: event.modelId };
    case "chatOpened": {
      const wanted = event.conversation.modelId;
      return wanted !== undefined && state.list?.some(({ id }) => id === wanted)
        ? { ...state, selectedId: wanted }
        : state;
    }
    default:
      return state;
  }
}

const byName = new Intl.Collator(undefined, { numeric: true }).compare;

/** As people look for them: by name, 7B before 13B; what is here before what another server has, and the demo last. */
function inOrder(list: readonly ModelInfo[]): ModelInfo[] {
  const rank = ({ demo, engine }: ModelInfo) => (demo ? 2 : engine === undefined ? 0 : 1);
  return [...list].sort((a, b) => rank(a) - rank(b) || byName(a.name, b.name));
}

function withList(state: Models, unordered: readonly ModelInfo[]): Models {
  const list = inOrder(unordered);
  const known = list.some(({ id }) => id === state.selectedId);
  return { list, error: undefined, selectedId: known ? state.selectedId : defaultModelId(list) };
}

/** One that is in memory already, or else one that somebody installed, or else the demo; one that failed only if there is no other. */
function defaultModelId(models: readonly ModelInfo[]): string | undefined {
  const rank = ({ status, demo }: ModelInfo) =>
    (status.state === "failed" ? 4 : 0) + (demo ? 2 : 0) + (status.state === "ready" ? 0 : 1);
  return [...models].sort((a, b) => rank(a) - rank(b))[0]?.id;
}
