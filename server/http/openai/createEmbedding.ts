import type { Request, Response } from "express";
import { AppError } from "../../platform/AppError.js";
import type { ApiServices } from "../ApiServices.js";
import { embedInputs } from "../embedInputs.js";
import { parseBody } from "../parseBody.js";
import { resolveModelId } from "../resolveModelId.js";
import { embeddingRequestSchema } from "./embeddingSchema.js";
import { docsHint } from "./openAiAnswer.js";
import { promptInputs } from "./promptInputs.js";

/** `POST /v1/embeddings`. */
export async function createEmbedding(services: ApiServices, request: Request, response: Response): Promise<void> {
  const body = parseBody(embeddingRequestSchema, request.body, docsHint);
  const modelId = resolveModelId(services.registry, body.model);
  const { vectors, promptTokens } = await embedInputs(services, modelId, promptInputs(body.input), {
    request,
    response,
  });
  const dimensions = vectors[0]?.length ?? 0;
  if (typeof body.dimensions === "number" && body.dimensions !== dimensions)
    throw new AppError(
      "unsupported_parameter",
      `This model's embeddings have ${dimensions} dimensions, no other number.`,
      {
        hint: "Leave out dimensions.",
        field: "dimensions",
      },
    );
  response.json({
    object: "list",
    data: vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: body.encoding_format === "base64" ? toBase64(vector) : vector,
    })),
    model: modelId,
    usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
  });
}

/** The bytes of 32-bit floats, little-endian whatever the machine's order. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString("base64");
}
