import type { z } from "zod";
import type { AnyModel } from "../../models/ModelRegistry.js";
import type { ApiServices } from "../ApiServices.js";
import { resolveModelId } from "../resolveModelId.js";
import type { modelSchema } from "./responseSchemas.js";
import { describeSampling } from "./samplingNames.js";

/** One entry of `GET /v1/models`; `meta` is llama-server's. */
function openAiModel(model: AnyModel): z.infer<typeof modelSchema> {
  return {
    id: model.id,
    object: "model",
    created: Math.floor(model.installedAtMs / 1000),
    owned_by: "engine" in model ? model.engine : "cria",
    meta: { n_ctx_train: model.contextTokens, n_params: model.parameterCount ?? null, size: model.sizeBytes },
    sampling: describeSampling(model.samplingDefaults),
  };
}

export function listOpenAiModels({ registry }: ApiServices) {
  return { object: "list", data: registry.list().map(openAiModel) };
}

/** Throws `model_not_found`. */
export function getOpenAiModel({ registry }: ApiServices, name: string) {
  return openAiModel(registry.get(resolveModelId(registry, name)));
}
