import type { Request, Response } from "express";
import { AppError } from "../../platform/AppError.js";
import type { EmbeddingInput } from "../../workers/messages.js";
import type { ApiServices } from "../ApiServices.js";
import { type Embeddings, embedInputs } from "../embedInputs.js";
import { parseBody } from "../parseBody.js";
import { resolveModelId } from "../resolveModelId.js";
import { docsHint } from "./createReply.js";
import { applyKeepAlive } from "./keepAlive.js";
import { ollamaName } from "./ollamaModels.js";
import { embeddingsRequestSchema, embedRequestSchema, type GenerateRequest } from "./ollamaSchemas.js";

/** `POST /api/embed`. */
export async function createEmbed(services: ApiServices, request: Request, response: Response): Promise<void> {
  const startMs = performance.now();
  const body = parseBody(embedRequestSchema, request.body, docsHint);
  const modelId = resolveModelId(services.registry, body.model);
  const texts = typeof body.input === "string" ? [body.input] : body.input;
  const inputs = texts.map((text) => ({ text, truncate: body.truncate ?? true }));
  const { vectors, promptTokens, loadMs } = await embed(services, modelId, inputs, body, { request, response });
  const dimensions = vectors[0]?.length;
  if (typeof body.dimensions === "number" && dimensions !== undefined && body.dimensions !== dimensions)
    throw new AppError(
      "unsupported_parameter",
      `This model's embeddings have ${dimensions} dimensions, no other number.`,
      {
        hint: "Leave out dimensions.",
        field: "dimensions",
      },
    );
  response.json({
    model: ollamaName(modelId),
    embeddings: vectors,
    total_duration: Math.round((performance.now() - startMs) * 1e6),
    load_duration: Math.round(loadMs * 1e6),
    prompt_eval_count: promptTokens,
  });
}

/** `POST /api/embeddings`, the older form: one text. */
export async function createEmbeddings(services: ApiServices, request: Request, response: Response): Promise<void> {
  const body = parseBody(embeddingsRequestSchema, request.body, docsHint);
  const modelId = resolveModelId(services.registry, body.model);
  const inputs = [{ text: body.prompt, truncate: true }];
  const { vectors } = await embed(services, modelId, inputs, body, { request, response });
  response.json({ embedding: vectors[0] ?? [] });
}

/** Throws what {@link embedInputs} throws; what was said of the memory counts all the same. */
async function embed(
  services: ApiServices,
  modelId: string,
  inputs: readonly EmbeddingInput[],
  { keep_alive: keepAlive }: Pick<GenerateRequest, "keep_alive">,
  exchange: { request: Request; response: Response },
): Promise<Embeddings> {
  try {
    return await embedInputs(services, modelId, inputs, exchange);
  } finally {
    await applyKeepAlive(services, exchange.request, modelId, keepAlive);
  }
}
