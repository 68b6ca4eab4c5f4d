import { z } from "zod";
import { modelShapeSchema, repositorySchema } from "../models/catalog.js";
import { promptFormatSchema } from "../models/manifest.js";
import { quantizationSchema } from "../protocol/install.js";
import { modelIdSchema } from "../protocol/model.js";

/** A name that a fetched file gets on this disk: one that was checked, never a path. */
const localNameSchema = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);

/** A file at its source. */
export const sourceFileSchema = z.object({
  url: z.url(),
  /** At the source, for people and the manifest. */
  path: z.string(),
  localName: localNameSchema,
  /** `undefined`: the source does not say. */
  sizeBytes: z.int().min(0).optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  gitBlobId: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional(),
});
export type SourceFile = z.infer<typeof sourceFileSchema>;

/** Files of one repository at one commit, or of one address. */
export const remotePartSchema = z.object({
  /** As the manifest names it: `owner/repo`, or the address. */
  name: z.string(),
  repository: repositorySchema.optional(),
  revision: z.string().optional(),
  /** Large files, in order; small ones that describe them. */
  weights: z.array(sourceFileSchema).min(1),
  descriptions: z.array(sourceFileSchema),
});
export type RemotePart = z.infer<typeof remotePartSchema>;

const checkpointSchema = z.object({
  addDiff: remotePartSchema.extend({ expectedParameterSum: z.number().optional() }).optional(),
  lora: remotePartSchema.optional(),
});

/** Where the weights of one install come from, pinned: a rerun takes the very same bytes. */
export const jobSourceSchema = z.discriminatedUnion("type", [
  /** GGUF files of a repository or an address, taken as they are; parts are joined. */
  z.object({ type: z.literal("gguf"), base: remotePartSchema }),
  /** A checkpoint of a repository, converted. */
  checkpointSchema.extend({ type: z.literal("checkpoint"), base: remotePartSchema }),
  /** ggml files from before GGUF, with a tokenizer from elsewhere where they need one. */
  z.object({ type: z.literal("legacy"), base: remotePartSchema, tokenizer: remotePartSchema.optional() }),
  /** A file on this disk, GGUF or ggml from before it. */
  z.object({ type: z.literal("localFile"), path: z.string() }),
  /** A checkpoint's folder on this disk. */
  z.object({ type: z.literal("localFolder"), path: z.string() }),
]);
export type JobSource = z.infer<typeof jobSourceSchema>;

/** What was asked for, as it was typed: the same request again goes on with the same job. */
export const installAskSchema = z.object({
  source: z.string(),
  as: z.string().optional(),
  quantization: quantizationSchema.optional(),
  keepSource: z.boolean().optional(),
});
export type InstallAsk = z.infer<typeof installAskSchema>;

/** Everything that an install needs to know; it lies in the work folder, so that a rerun goes on with the same. */
export const installJobSchema = z.object({
  jobVersion: z.literal(1),
  ask: installAskSchema,
  modelId: modelIdSchema,
  name: z.string(),
  description: z.string().optional(),
  /** From the catalog; otherwise the weights tell. */
  kind: z.enum(["completion", "instruction", "chat"]).optional(),
  promptFormat: promptFormatSchema.optional(),
  examplePrompts: z.array(z.string()).optional(),
  license: z.object({ name: z.string(), url: z.string().optional() }).optional(),
  expected: z.object({ architecture: z.string(), shape: modelShapeSchema }).optional(),
  /** What to quantize to; absent: the weights are taken as they are. */
  quantization: quantizationSchema.optional(),
  /** For people: the quantization asked for or found. */
  quantizationName: z.string().optional(),
  /** Estimates; 0 where nothing is known. */
  resultBytes: z.int().min(0),
  ramBytes: z.int().min(0),
  source: jobSourceSchema,
  keepSource: z.boolean(),
});
export type InstallJob = z.infer<typeof installJobSchema>;

/** All remote parts of a job's source, the base first. */
export function remoteParts(source: JobSource): RemotePart[] {
  switch (source.type) {
    case "gguf":
      return [source.base];
    case "checkpoint":
      return [source.base, source.addDiff, source.lora].filter((part) => part !== undefined);
    case "legacy":
      return [source.base, source.tokenizer].filter((part) => part !== undefined);
    default:
      return [];
  }
}

/** Whether two jobs would take the same bytes: then what one fetched serves the other. */
export function sameSource(a: JobSource, b: JobSource): boolean {
  const key = (source: JobSource) =>
    JSON.stringify([
      source.type,
      source.type === "localFile" || source.type === "localFolder" ? source.path : "",
      remoteParts(source).map((part) => [
        part.name,
        part.revision,
        part.weights.map((file) => [file.url, file.sha256]),
      ]),
    ]);
  return key(a) === key(b);
}
