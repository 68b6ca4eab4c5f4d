import type { ModelFacts } from "./ModelFacts.js";

/** A model that another server has. */
export interface RemoteModel extends ModelFacts {
  /** The name of the engine. */
  engine: string;
  /** What the engine calls it. */
  remoteId: string;
}

/** What an engine says of a model, with what nobody says filled in. It puts turns into the model's prompt format itself. */
export function remoteModel(
  said: Pick<RemoteModel, "id" | "engine" | "remoteId" | "contextTokens"> & {
    sizeBytes?: number;
    parameterCount?: number;
  },
): RemoteModel {
  const { id, engine, remoteId, contextTokens } = said;
  return {
    id,
    engine,
    remoteId,
    contextTokens,
    name: remoteId,
    description: undefined,
    kind: "chat",
    promptFormat: "template",
    demo: false,
    sizeBytes: said.sizeBytes ?? 0,
    installedAtMs: 0,
    license: undefined,
    quantization: undefined,
    parameterCount: said.parameterCount,
    samplingDefaults: {},
    examplePrompts: [],
  };
}
