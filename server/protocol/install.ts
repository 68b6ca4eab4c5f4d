import { z } from "zod";
import { modelIdSchema } from "./model.js";
import { errorInfoSchema } from "./result.js";

/** The types that weights can be quantized to, by llama.cpp's names; the letters S, M and L are mixtures of types. */
export const quantizationNames = [
  "F32",
  "F16",
  "BF16",
  "Q8_0",
  "Q4_0",
  "Q4_1",
  "Q5_0",
  "Q5_1",
  "Q2_K",
  "Q3_K_S",
  "Q3_K_M",
  "Q3_K_L",
  "Q4_K_S",
  "Q4_K_M",
  "Q5_K_S",
  "Q5_K_M",
  "Q6_K",
] as const;
export const quantizationSchema = z.enum(quantizationNames);
export type Quantization = z.infer<typeof quantizationSchema>;

/**
 * Where an install is. `queued`: another one goes first. `resolving`: asking the source what it has. `checking`: is there disk
 * and memory for it. `fetching`: downloading; finished files are converted meanwhile. `converting`: nothing is left to download.
 * `verifying`: reading the result back and loading it. `registering`: putting it in its place.
 */
export const installStepSchema = z.enum([
  "queued",
  "resolving",
  "checking",
  "fetching",
  "converting",
  "verifying",
  "registering",
]);
export type InstallStep = z.infer<typeof installStepSchema>;

/** `paused` and `failed` keep what was fetched: starting the install again goes on from there. */
export const installStateSchema = z.enum(["running", "paused", "cancelled", "failed", "installed"]);

/**
 * What an install is doing, or why nothing arrives, as a code with its values, for readers who say it in their own words. `waiting`:
 * for another install. `looking`: what of it is on the disk. `describing`: reading what a checkpoint is made of. `retrying`: `error` broke
 * the connection off. `passing`: `error` made this source useless, the next one is asked.
 */
export const installActivitySchema = z.discriminatedUnion("code", [
  z.object({ code: z.enum(["starting", "waiting", "held", "paused", "cancelled", "installed"]) }),
  z.object({ code: z.literal("asking"), host: z.string(), source: z.string() }),
  z.object({ code: z.literal("reading"), source: z.string() }),
  z.object({ code: z.literal("passing"), error: errorInfoSchema }),
  z.object({ code: z.literal("looking"), name: z.string() }),
  z.object({ code: z.literal("describing"), source: z.string() }),
  z.object({ code: z.literal("fetching"), file: z.string(), source: z.string(), sizeBytes: z.number().optional() }),
  z.object({ code: z.literal("retrying"), error: errorInfoSchema, delaySeconds: z.number() }),
  z.object({ code: z.literal("quantizing"), quantization: z.string() }),
  z.object({ code: z.enum(["joining", "repacking", "copying", "verifying"]) }),
  z.object({ code: z.literal("registering"), sizeBytes: z.number() }),
]);
export type InstallActivity = z.infer<typeof installActivitySchema>;

/** All there is to know about one install at one moment: a reader needs no earlier one. The CLI and the page draw this. */
export const installProgressSchema = z.object({
  modelId: modelIdSchema,
  /** The name to show. */
  name: z.string(),
  state: installStateSchema,
  step: installStepSchema,
  /** What is being done, in English words. */
  message: z.string(),
  /** The same as a code with its values; absent when `error` says it. */
  activity: installActivitySchema.optional(),
  /** Bytes that lie on this disk of what is downloaded in all, earlier runs included; the total is 0 while it is unknown. */
  fetchedBytes: z.number(),
  fetchTotalBytes: z.number(),
  /** Bytes of the finished weights that are written. */
  convertedBytes: z.number(),
  convertTotalBytes: z.number(),
  /** Download speed over the last seconds. */
  bytesPerSecond: z.number(),
  /** Until the install ends, as far as it can be told. */
  etaSeconds: z.number().optional(),
  /** 0 to 1 over all steps; never falls while an install runs. */
  progress: z.number(),
  /** As the source or the user names it; not all are in {@link quantizationNames}. */
  quantization: z.string().optional(),
  /** Of the weights: shown before they are fetched. */
  license: z.object({ name: z.string(), url: z.string().optional() }).optional(),
  error: errorInfoSchema.optional(),
});
export type InstallProgress = z.infer<typeof installProgressSchema>;

/** `fits`: with room to spare. `tight`: it runs, but little is left. `tooBig`: this machine cannot hold it. */
export const fitSchema = z.object({
  fit: z.enum(["fits", "tight", "tooBig"]),
  /** Why, with the numbers. */
  reason: z.string(),
  /** The same as figures: what there is too little of, or least left of. */
  limit: z.object({
    of: z.enum(["memory", "disk"]),
    neededBytes: z.number(),
    /** All memory there is, or the disk that is free. */
    presentBytes: z.number(),
    /** Memory that nobody uses now, where that is less than needed. */
    unusedBytes: z.number().optional(),
  }),
});
export type Fit = z.infer<typeof fitSchema>;

/** One way to install a catalog model. */
export const installableVariantSchema = z.object({
  quantization: quantizationSchema,
  /** The finished weights. */
  sizeBytes: z.number(),
  /** Memory that the model takes when it runs with its usual context. */
  ramBytes: z.number(),
  downloadBytes: z.number(),
  /** The most disk that the install needs at any moment. */
  peakDiskBytes: z.number(),
  fit: fitSchema,
});
export type InstallableVariant = z.infer<typeof installableVariantSchema>;

/** A model of the catalog. */
export const installableModelSchema = z.object({
  modelId: modelIdSchema,
  name: z.string(),
  family: z.string(),
  description: z.string(),
  kind: z.enum(["completion", "instruction", "chat"]),
  parameterCount: z.number(),
  contextTokens: z.number(),
  license: z.object({ name: z.string(), url: z.string() }),
  installed: z.boolean(),
  /** The best one that fits comes first in `recommended`; absent when none fits. */
  recommended: quantizationSchema.optional(),
  variants: z.array(installableVariantSchema),
});
export type InstallableModel = z.infer<typeof installableModelSchema>;

/** What a client asks to be installed: a model of the catalog by its id, or `source`, a hub repository or an https address. */
export const installRequestSchema = z
  .object({
    modelId: modelIdSchema.optional(),
    source: z.string().min(1).max(2048).optional(),
    quantization: quantizationSchema.optional(),
    /** Install what this machine's memory is too small for, or in the place of another model of that name. */
    force: z.boolean().optional(),
  })
  .refine((request) => request.modelId !== undefined || request.source !== undefined, {
    message: "give a modelId of the catalog, or a source",
    path: ["modelId"],
  });
export type InstallRequest = z.infer<typeof installRequestSchema>;
