import { z } from "zod";
import { modelIdSchema, modelMemorySchema } from "./model.js";

/** What K and V are kept as: a quantized one takes a half or a quarter of the memory. */
export const kvCacheTypeSchema = z.enum(["f16", "q8_0", "q4_0"]);
export type KvCacheType = z.infer<typeof kvCacheTypeSchema>;

/** How a model is to be held in memory: a change loads it again. What is left out is Cria's choice. */
export const loadSettingsSchema = z.object({
  /** The most tokens that one sequence may hold; the model's own context bounds it. */
  contextTokens: z.int().min(128).max(1_048_576).optional(),
  kvCacheType: kvCacheTypeSchema.optional(),
  /** The most threads; the machine's cores and the server's own limit bound it. */
  threads: z.int().min(1).max(1024).optional(),
  /** Layers of the model that go to the GPU, where there is one. */
  gpuLayers: z.int().min(0).max(1024).optional(),
  /** The smaller model that writes guesses for it; null: none. Left out: what `cria tune` found worth having, if anything. */
  draft: modelIdSchema.nullable().optional(),
});
export type LoadSettings = z.infer<typeof loadSettingsSchema>;

/** What a model would take in memory. */
export const loadPlanSchema = z.object({
  /** Chosen for this model. */
  settings: loadSettingsSchema,
  /** What counts where nothing is chosen; no `draft`: none was measured to be worth having. */
  usual: z.object({
    contextTokens: z.int(),
    kvCacheType: kvCacheTypeSchema,
    threads: z.int(),
    draft: modelIdSchema.optional(),
  }),
  /** The most that can be chosen; no `gpuLayers`: no GPU is known of. */
  limits: z.object({
    contextTokens: z.int(),
    /** Models with odd heads can have f16 alone. */
    kvCacheTypes: z.array(kvCacheTypeSchema),
    threads: z.int(),
    gpuLayers: z.int().optional(),
  }),
  /** With the settings that were asked about, or else with those that are chosen. */
  memory: modelMemorySchema,
  /** Installed models that could write guesses for it, the biggest first, and what each takes in memory beside it. */
  drafts: z.array(z.object({ modelId: modelIdSchema, totalBytes: z.number() })),
  /** Why the draft that is meant for it cannot be had: it would be loaded without. */
  draftFailure: z.string().optional(),
  /** What it takes now, if it is in memory. */
  loaded: modelMemorySchema.optional(),
  /** Memory that it could have: with what it gives back when it is loaded again, and what idle models would that make room for it. */
  availableBytes: z.number(),
});
export type LoadPlan = z.infer<typeof loadPlanSchema>;
