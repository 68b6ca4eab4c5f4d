import { z } from "zod";
import { maxMessageLength } from "../../protocol/conversation.js";
import { listOf } from "../../protocol/listOf.js";

/** Texts that one request may embed, as OpenAI has it. */
const maxInputs = 2048;

const textSchema = z.string().min(1).max(maxMessageLength);
const tokensSchema = listOf(z.int().min(0), { min: 1, max: 1_000_000 });

/** The body of `POST /v1/embeddings`. */
export const embeddingRequestSchema = z.strictObject({
  model: z.string().min(1).max(200).describe("The id of an installed model"),
  input: z
    .union([
      textSchema,
      z.array(textSchema).min(1).max(maxInputs),
      tokensSchema,
      listOf(tokensSchema, { min: 1, max: maxInputs }),
    ])
    .describe("A text, a list of texts, the numbers of tokens, or a list of lists of them"),
  encoding_format: z.enum(["float", "base64"]).nullish().describe("base64: the bytes of 32-bit floats, little-endian"),
  dimensions: z.int().min(1).nullish().describe("Only the model's own number is there"),
  user: z.unknown().optional(),
});
