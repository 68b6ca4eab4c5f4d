import { z } from "zod";
import { errorInfoSchema } from "./result.js";
import { samplingSchema } from "./sampling.js";

/** Dalai's names: `family.NAME`, as `llama.7B`. */
export const modelIdSchema = z
  .string()
  .min(1)
  .max(96)
  .regex(/^[A-Za-z0-9._-]+$/, "a model id has only letters, digits, '.', '_' and '-'");

/**
 * `unloaded`: on disk. `loading`: a worker is reading it. `ready`: a worker holds it; `gpuFailure`: on the CPU alone, because this kept it
 * from the GPU; `draftFailure`: without the small model that was to write guesses for it, because of this. `failed`: the last try failed.
 */
export const modelStateSchema = z.discriminatedUnion("state", [
  z.object({ state: z.literal("unloaded") }),
  /** `progress` is 0 to 1. */
  z.object({ state: z.literal("loading"), progress: z.number() }),
  z.object({ state: z.literal("ready"), gpuFailure: z.string().optional(), draftFailure: z.string().optional() }),
  z.object({ state: z.literal("failed"), error: errorInfoSchema }),
]);
export type ModelState = z.infer<typeof modelStateSchema>;

/** What a model in memory takes there, as estimated when it was loaded. `contextTokens` is what each of its `sequences` may hold. */
export const modelMemorySchema = z.object({
  weightsBytes: z.number(),
  kvCacheBytes: z.number(),
  /** Buffers of the computation, and the process itself. */
  restBytes: z.number(),
  totalBytes: z.number(),
  contextTokens: z.int(),
  /** Replies that can be made at the same time. */
  sequences: z.int(),
});
export type ModelMemory = z.infer<typeof modelMemorySchema>;

export const modelInfoSchema = z.object({
  id: modelIdSchema,
  /** The name to show. */
  name: z.string(),
  description: z.string().optional(),
  /** `completion`: continues text (base LLaMA). `instruction`: follows instructions (Alpaca). `chat`: has its own template. */
  kind: z.enum(["completion", "instruction", "chat"]),
  /** Set for the model that ships: small, to try Cria with. */
  demo: z.boolean(),
  /** The engine that has it, when that is another server. */
  engine: z.string().optional(),
  /** 0: not known. */
  sizeBytes: z.number(),
  /** The context that the model was trained with. */
  contextTokens: z.number(),
  quantization: z.string().optional(),
  parameterCount: z.number().optional(),
  /** Prompts that this model is good at, for the empty page. */
  examplePrompts: z.array(z.string()),
  /** This model's own defaults; they win over the table's. */
  samplingDefaults: samplingSchema,
  /** It stays in memory once it is there. */
  pinned: z.literal(true).optional(),
  status: modelStateSchema,
  /** While it is in memory. */
  memory: modelMemorySchema.optional(),
});
export type ModelInfo = z.infer<typeof modelInfoSchema>;
