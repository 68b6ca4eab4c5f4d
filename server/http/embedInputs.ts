import type { Request, Response } from "express";
import { AppError } from "../platform/AppError.js";
import type { EmbeddingInput } from "../workers/messages.js";
import type { ApiServices } from "./ApiServices.js";
import { principalOf } from "./authorizeRequest.js";
import { clientOf } from "./clientOf.js";

export interface Embeddings {
  /** `[inputs][dimensions]`, each of length 1. */
  vectors: number[][];
  promptTokens: number;
  /** Until the model could be asked. */
  loadMs: number;
}

/**
 * Embeds one input after the other; a client that goes away has the one that is being read ended. Loads the model if need be. A request counts
 * as one generation does, with a rate of its own: throws `queue_full` or `too_many_requests` when the asker has too much under way ([T22]).
 */
export async function embedInputs(
  services: ApiServices,
  modelId: string,
  inputs: readonly EmbeddingInput[],
  { request, response }: { request: Request; response: Response },
): Promise<Embeddings> {
  const { registry, pool, generations, observability } = services;
  const model = registry.get(modelId);
  const leave = generations.enter(principalOf(request), clientOf(request), model.id, "embedding");
  const gone = new AbortController();
  const stop = () => gone.abort();
  response.once("close", stop);
  try {
    const startMs = performance.now();
    const worker = await pool.acquire(model, () => {});
    const result: Embeddings = { vectors: [], promptTokens: 0, loadMs: performance.now() - startMs };
    for (const input of inputs) {
      if (response.destroyed) break;
      const { vector, promptTokens } = await worker.embed(input, gone.signal);
      observability.embedded(model.id, promptTokens);
      result.vectors.push(vector);
      result.promptTokens += promptTokens;
    }
    return result;
  } catch (error) {
    // For the engine, what it reads is a prompt; here it is an input.
    if (!(error instanceof AppError) || error.field !== "prompt") throw error;
    const { code, message, hint } = error;
    throw new AppError(code, message, { field: "input", cause: error, ...(hint === undefined ? {} : { hint }) });
  } finally {
    response.off("close", stop);
    leave();
  }
}
