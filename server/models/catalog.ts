import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { quantizationSchema } from "../protocol/install.js";
import type { MemoryShape } from "../weights/planMemory.js";
import { promptFormatSchema } from "./manifest.js";
import { splitModelId } from "./modelId.js";

/** `owner/name` on the hub. Source of the characters: huggingface_hub's `validate_repo_id`. */
export const repositorySchema = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/, "must look like owner/name")
  .refine((name) => !/\.\.|--/.test(name), "must not contain '..' or '--'");

const commitSchema = z.string().regex(/^[0-9a-f]{40}$/, "must be a commit of 40 hexadecimal digits");

const partSchema = z.object({
  repository: repositorySchema,
  /** A commit to take instead of the newest state. */
  revision: commitSchema.optional(),
  downloadBytes: z.int().min(1),
  largestFileBytes: z.int().min(1),
});

/** Where a model's weights are. `checked`: was seen to be so on the live hub; everything else is from memory or stored pages. */
export const catalogSourceSchema = z.discriminatedUnion("type", [
  /** A Hugging Face or Meta checkpoint, converted and quantized here; a weight difference or a LoRA adapter may be added to it. */
  partSchema.extend({
    type: z.literal("checkpoint"),
    addDiff: partSchema.extend({ expectedParameterSum: z.number().optional() }).optional(),
    lora: partSchema.optional(),
    /** Where it differs from the shape's: a checkpoint without the added `[PAD]`. */
    vocabulary: z.int().min(1).optional(),
    checked: z.boolean(),
  }),
  /** GGUF files, taken as they are. */
  z.object({
    type: z.literal("gguf"),
    repository: repositorySchema,
    revision: commitSchema.optional(),
    checked: z.boolean(),
  }),
  /** ggml files from before GGUF, repacked here; the oldest carry no token scores, so a tokenizer comes from elsewhere. */
  partSchema.extend({
    type: z.literal("legacy"),
    files: z.array(z.string()).min(1),
    tokenizerRepository: repositorySchema.optional(),
    checked: z.boolean(),
  }),
]);
export type CatalogSource = z.infer<typeof catalogSourceSchema>;

/** What the config of the right download says; a different one is the wrong download. LLaMA's are of Touvron et al. 2023, Table 2. */
export const modelShapeSchema = z.object({
  layers: z.int().min(1),
  embedding: z.int().min(1),
  heads: z.int().min(1),
  keyValueHeads: z.int().min(1),
  headSize: z.int().min(1),
  feedForward: z.int().min(1),
  vocabulary: z.int().min(1),
  tiedEmbeddings: z.boolean(),
  attentionBias: z.boolean().optional(),
});
export type ModelShape = z.infer<typeof modelShapeSchema>;

export const catalogModelSchema = z.object({
  id: z.string().refine((id) => splitModelId(id) !== undefined, "must be a model id"),
  name: z.string().min(1),
  description: z.string().min(1),
  kind: z.enum(["completion", "instruction", "chat"]),
  promptFormat: promptFormatSchema,
  architecture: z.string().min(1),
  parameterCount: z.int().min(1),
  contextTokens: z.int().min(1),
  shape: modelShapeSchema,
  license: z.object({ name: z.string().min(1), url: z.url() }),
  defaultQuantization: quantizationSchema,
  /** Finished size, and memory in use with one sequence of up to 8,192 tokens (`estimateMemory`), in the order in which they are offered. */
  variants: z
    .array(z.object({ quantization: quantizationSchema, sizeBytes: z.int().min(1), ramBytes: z.int().min(1) }))
    .min(1),
  examplePrompts: z.array(z.string()).optional(),
  /** In order of preference. */
  sources: z.array(catalogSourceSchema).min(1),
});
export type CatalogModel = z.infer<typeof catalogModelSchema>;

export const catalogSchema = z.object({ catalogVersion: z.literal(1), models: z.array(catalogModelSchema) });
export type Catalog = z.infer<typeof catalogSchema>;

/** The catalog that ships with the package. */
export function loadCatalog(path = fileURLToPath(new URL("../../../models/catalog.json", import.meta.url))): Catalog {
  return catalogSchema.parse(JSON.parse(readFileSync(path, "utf8")));
}

/** The catalog's model of that id, whatever the case: `LLAMA.7b` is `llama.7B`. */
export function findCatalogModel(catalog: Catalog, id: string): CatalogModel | undefined {
  const wanted = id.toLowerCase();
  return catalog.models.find((model) => model.id.toLowerCase() === wanted);
}

/** Weights of a LLaMA-shaped model: embeddings, per layer attention, feed-forward and two norms, a last norm. */
export function countParameters(shape: ModelShape): number {
  const { layers, embedding, heads, keyValueHeads, headSize, feedForward, vocabulary } = shape;
  const attention = 2 * embedding * (heads + keyValueHeads) * headSize;
  const bias = shape.attentionBias ? (heads + 2 * keyValueHeads) * headSize : 0;
  return (
    vocabulary * embedding * (shape.tiedEmbeddings ? 1 : 2) +
    layers * (attention + bias + 3 * embedding * feedForward + 2 * embedding) +
    embedding
  );
}

/** What of a shape says how much memory it takes with weights of that many bytes. */
export function memoryShape(shape: ModelShape, tensorSizeBytes: number): MemoryShape {
  return {
    blockCount: shape.layers,
    keyValueHeadCount: shape.keyValueHeads,
    keyLength: shape.headSize,
    valueLength: shape.headSize,
    vocabularySize: shape.vocabulary,
    feedForwardLength: shape.feedForward,
    embeddingLength: shape.embedding,
    tensorSizeBytes,
  };
}
