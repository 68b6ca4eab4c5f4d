import type { ModelRegistry } from "../models/ModelRegistry.js";

/** The id of the installed model that a program names, whatever its case; Ollama's tag `:latest` may follow. Throws `model_not_found`. */
export function resolveModelId(registry: ModelRegistry, name: string): string {
  return registry.get(name.replace(/:latest$/, "")).id;
}
