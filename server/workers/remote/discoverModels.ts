import { z } from "zod";
import { AppError } from "../../platform/AppError.js";
import type { RemoteServer } from "./RemoteServer.js";
import { dialectOf, type RemoteDialect } from "./remoteRequest.js";

/** A model that another server has. What it does not say is absent. */
export interface DiscoveredModel {
  remoteId: string;
  dialect: RemoteDialect;
  contextTokens?: number;
  sizeBytes?: number;
  parameterCount?: number;
}

/** More models than that are not listed: a picker of thousands helps nobody. */
const maxModels = 500;

const count = z.number().int().positive().safe().nullish().catch(undefined);

/** `/v1/models`; `max_model_len` is vLLM's, `meta` llama-server's and Cria's. */
const listSchema = z.object({
  data: z.array(
    z.object({
      id: z.string().min(1).max(256),
      owned_by: z.string().nullish().catch(undefined),
      max_model_len: count,
      meta: z.object({ n_ctx_train: count, size: count, n_params: count }).nullish().catch(undefined),
    }),
  ),
});

/** Asks a server what it has. Throws `engine_unreachable`, `engine_refused` or `engine_failed`. */
export async function discoverModels(server: RemoteServer): Promise<DiscoveredModel[]> {
  const parsed = listSchema.safeParse(await server.get("/models"));
  if (!parsed.success)
    throw new AppError("engine_failed", `The engine ${server.address.name} has no list of models in OpenAI's form.`, {
      hint: "Its address has to lead to an OpenAI-compatible API, as http://host:8000/v1.",
      cause: parsed.error,
    });
  return parsed.data.data.slice(0, maxModels).map(({ id, owned_by, max_model_len, meta }) => {
    const contextTokens = max_model_len ?? meta?.n_ctx_train;
    const [sizeBytes, parameterCount] = [meta?.size, meta?.n_params];
    return {
      remoteId: id,
      dialect: dialectOf(owned_by ?? undefined),
      ...(contextTokens === null || contextTokens === undefined ? {} : { contextTokens }),
      ...(sizeBytes === null || sizeBytes === undefined ? {} : { sizeBytes }),
      ...(parameterCount === null || parameterCount === undefined ? {} : { parameterCount }),
    };
  });
}
