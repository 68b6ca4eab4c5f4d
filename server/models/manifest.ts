import { z } from "zod";
import type { PromptFormat } from "../prompts/renderPrompt.js";
import { quantizationSchema } from "../protocol/install.js";
import { modelIdSchema } from "../protocol/model.js";
import { samplingSchema } from "../protocol/sampling.js";

/** The file beside the weights that makes a folder a model. It is written last: without it there is no model. */
export const manifestFileName = "model.json";

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits");

/** A name inside the model's folder: never a path. */
export const weightsFileNameSchema = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.gguf$/i, "must be the plain name of a .gguf file");

/** How a prompt is put: `raw` as it stands, `alpaca` in Stanford Alpaca's frame, `template` by the template in the GGUF. */
export const promptFormatSchema: z.ZodType<PromptFormat> = z.enum(["raw", "alpaca", "template"]);

/** Where weights came from: enough to fetch the very same bytes again. */
export const manifestSourceSchema = z.object({
  /** As the user or the catalog named it: `owner/repo`, an address, a path. */
  name: z.string(),
  /** The hub's commit; absent for what does not come from a hub. */
  revision: z.string().optional(),
  files: z.array(z.object({ path: z.string(), sizeBytes: z.number(), sha256: sha256Schema.optional() })),
});

/** `model.json`: what an installed model is and where it came from. */
export const manifestSchema = z.object({
  manifestVersion: z.literal(1),
  id: modelIdSchema,
  name: z.string(),
  description: z.string().optional(),
  kind: z.enum(["completion", "instruction", "chat"]),
  promptFormat: promptFormatSchema,
  file: weightsFileNameSchema,
  sizeBytes: z.int().min(1),
  sha256: sha256Schema,
  quantization: z.string(),
  parameterCount: z.number().optional(),
  contextTokens: z.int().min(1).optional(),
  license: z.object({ name: z.string(), url: z.string().optional() }).optional(),
  /** The checkpoint first, then what was added to it (a weight diff, a LoRA adapter). */
  sources: z.array(manifestSourceSchema).min(1),
  /** What was asked for; absent when the weights were taken as they are. */
  requestedQuantization: quantizationSchema.optional(),
  examplePrompts: z.array(z.string()).optional(),
  samplingDefaults: samplingSchema.optional(),
  /** ISO 8601. */
  installedAt: z.string(),
  tool: z.object({ name: z.literal("cria"), version: z.string() }),
});
export type Manifest = z.infer<typeof manifestSchema>;
