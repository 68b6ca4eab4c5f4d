import { z } from "zod";
import { manifestSchema } from "../models/manifest.js";
import { installProgressSchema } from "../protocol/install.js";
import { errorInfoSchema } from "../protocol/result.js";
import { installAskSchema } from "./InstallJob.js";

/** Everything that an install process is told; the hub's settings come by its environment. */
export const installOrderSchema = z.object({
  ask: installAskSchema,
  modelsPath: z.string(),
  /** Relative paths are meant from here; absent: paths are not allowed at all. */
  workingFolder: z.string().optional(),
  force: z.boolean(),
  threadCount: z.int().min(1),
  /** For tests: how downloads are cut up. */
  download: z
    .object({ connections: z.int(), segmentBytes: z.int(), saveEveryBytes: z.int(), stallWindowMs: z.int() })
    .partial()
    .optional(),
});
export type InstallOrder = z.infer<typeof installOrderSchema>;

/** Server or CLI to the install process. */
export const installRequestMessageSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("start"), order: installOrderSchema }),
  /** End as soon as possible and keep what is there. */
  z.object({ type: z.literal("stop") }),
]);
export type InstallRequestMessage = z.infer<typeof installRequestMessageSchema>;

/** The install process to server or CLI; `installed`, `stopped` or `failed` comes last. */
export const installReplySchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("progress"), progress: installProgressSchema }),
  z.object({ type: z.literal("installed"), manifest: manifestSchema }),
  z.object({ type: z.literal("stopped") }),
  z.object({ type: z.literal("failed"), error: errorInfoSchema }),
]);
export type InstallReply = z.infer<typeof installReplySchema>;
