import type { ServerResponse } from "node:http";
import type { EmbeddingInput } from "../workers/messages.js";
import type { ApiServices } from "./ApiServices.js";

export interface Embeddings {
  /** `[inputs][dimensions]`, each of length 1. */
  vectors: number[][];
  promptTokens: number;
  /** Until the model could be asked. */
  loadMs: number;
}

/** Embeds one input after the other; a client that goes away gets no further ones. Loads the model if need be. */
export async function embedInputs(
  { registry, pool }: ApiServices,
  modelId: string,
  inputs: readonly EmbeddingInput[],
  response: ServerResponse,
): Promise<Embeddings> {
  const startMs = performance.now();
  const worker = await pool.acquire(registry.get(modelId), () => {});
  const result: Embeddings = { vectors: [], promptTokens: 0, loadMs: performance.now() - startMs };
  for (const input of inputs) {
    if (response.destroyed) break;
    const { vector, promptTokens } = await worker.embed(input);
    result.vectors.push(vector);
    result.promptTokens += promptTokens;
  }
  return result;
}
