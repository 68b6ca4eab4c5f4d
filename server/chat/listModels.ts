import type { AnyModel, ModelRegistry } from "../models/ModelRegistry.js";
import type { ModelInfo } from "../protocol/model.js";
import type { Engine } from "../workers/Engine.js";

/** Every model with what it is doing now. */
export function listModels(registry: ModelRegistry, pool: Engine): ModelInfo[] {
  return registry.list().map((model) => modelInfo(model, pool));
}

/** One model as clients see it. */
export function modelInfo(model: AnyModel, pool: Engine): ModelInfo {
  const status = pool.state(model.id);
  const memory = status.state === "ready" ? pool.plan(model.id) : undefined;
  return {
    id: model.id,
    name: model.name,
    ...(model.description === undefined ? {} : { description: model.description }),
    kind: model.kind,
    demo: model.demo,
    ...("engine" in model ? { engine: model.engine } : {}),
    sizeBytes: model.sizeBytes,
    contextTokens: model.contextTokens,
    ...(model.quantization === undefined ? {} : { quantization: model.quantization }),
    ...(model.parameterCount === undefined ? {} : { parameterCount: model.parameterCount }),
    examplePrompts: model.examplePrompts,
    samplingDefaults: model.samplingDefaults,
    ...(pool.isPinned(model.id) ? { pinned: true as const } : {}),
    status,
    ...(memory === undefined ? {} : { memory }),
  };
}
