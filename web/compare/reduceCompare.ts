import { emptyGeneration, type GenerationView } from "../state/applyGenerationEvent.js";

export const columnLimits = { min: 2, max: 4 } as const;

/** A model and its settings, and what it wrote last. */
export interface CompareColumn {
  id: number;
  modelId: string;
  /** Undefined: the stored parameter, or the model's own. */
  temperature: number | undefined;
  view: GenerationView | undefined;
  /** How often it was voted the best. */
  wins: number;
}

export interface CompareState {
  columns: readonly CompareColumn[];
  nextId: number;
  /** What the columns were asked last. */
  prompt: string | undefined;
  /** The column that was voted the best this time. */
  votedId: number | undefined;
}

export type CompareEvent =
  | { type: "columnAdded"; modelId: string }
  | { type: "columnRemoved"; id: number }
  | { type: "modelChosen"; id: number; modelId: string }
  | { type: "temperatureSet"; id: number; temperature: number | undefined }
  | { type: "runBegun"; prompt: string }
  | { type: "viewChanged"; id: number; view: GenerationView }
  | { type: "voted"; id: number };

/** Two columns: the chosen model beside another one, or beside itself. */
export function startCompare(modelId: string | undefined, modelIds: readonly string[]): CompareState {
  const first = modelId ?? modelIds[0] ?? "";
  const second = modelIds.find((id) => id !== first) ?? first;
  const columns = [first, second].map((id, index) => newColumn(index, id));
  return { columns, nextId: columns.length, prompt: undefined, votedId: undefined };
}

function newColumn(id: number, modelId: string): CompareColumn {
  return { id, modelId, temperature: undefined, view: undefined, wins: 0 };
}

export function isComparing({ columns }: CompareState): boolean {
  return columns.some(({ view }) => view && !view.end);
}

/** Models side by side. While they write, neither columns nor settings change. */
export function reduceCompare(state: CompareState, event: CompareEvent): CompareState {
  const change = (id: number, part: Partial<CompareColumn>): CompareState => ({
    ...state,
    columns: state.columns.map((column) => (column.id === id ? { ...column, ...part } : column)),
  });
  if (event.type !== "viewChanged" && isComparing(state)) return state;
  switch (event.type) {
    case "columnAdded":
      if (state.columns.length >= columnLimits.max) return state;
      return {
        ...state,
        columns: [...state.columns, newColumn(state.nextId, event.modelId)],
        nextId: state.nextId + 1,
      };
    case "columnRemoved":
      if (state.columns.length <= columnLimits.min) return state;
      return { ...state, columns: state.columns.filter(({ id }) => id !== event.id) };
    case "modelChosen":
      return change(event.id, { modelId: event.modelId, view: undefined, wins: 0 });
    case "temperatureSet":
      return change(event.id, { temperature: event.temperature });
    case "runBegun":
      return {
        ...state,
        prompt: event.prompt,
        votedId: undefined,
        columns: state.columns.map((column) => ({ ...column, view: emptyGeneration })),
      };
    case "viewChanged":
      return change(event.id, { view: event.view });
    case "voted": {
      const votedId = state.votedId === event.id ? undefined : event.id;
      const won = (id: number) => (id === votedId ? 1 : 0) - (id === state.votedId ? 1 : 0);
      return {
        ...state,
        votedId,
        columns: state.columns.map((column) => ({ ...column, wins: column.wins + won(column.id) })),
      };
    }
  }
}
