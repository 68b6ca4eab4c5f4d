import type { InstallableModel, InstallProgress } from "../../server/protocol/install.js";
import type { ModelInfo } from "../../server/protocol/model.js";

/** The models of the picker: in memory, on the disk, on their way there, and those that could be. */
export interface ModelGroups {
  loaded: readonly ModelInfo[];
  installed: readonly ModelInfo[];
  installing: readonly InstallProgress[];
  installable: readonly InstallableModel[];
}

interface Sources {
  models: readonly ModelInfo[];
  /** Those that are not finished. */
  installs: readonly InstallProgress[];
  installable: readonly InstallableModel[];
}

/** Puts models into their groups. A query leaves those that have each of its words in their name, id or quantization. Pure. */
export function groupModels({ models, installs, installable }: Sources, query: string): ModelGroups {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (...texts: (string | undefined)[]) => {
    const all = texts.join(" ").toLowerCase();
    return words.every((word) => all.includes(word));
  };
  const found = models.filter(({ id, name, quantization }) => matches(id, name, quantization));
  const isLoaded = ({ status }: ModelInfo) => status.state === "ready" || status.state === "loading";
  const known = new Set([...models.map(({ id }) => id), ...installs.map(({ modelId }) => modelId)]);
  return {
    loaded: found.filter(isLoaded),
    installed: found.filter((model) => !isLoaded(model)),
    installing: installs.filter(({ modelId, name, quantization }) => matches(modelId, name, quantization)),
    installable: installable.filter(
      ({ modelId, name, family, installed }) => !installed && !known.has(modelId) && matches(modelId, name, family),
    ),
  };
}
