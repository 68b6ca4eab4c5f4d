import { z } from "zod";
import type { ErrorCode } from "./errorCodes.js";

/** What went wrong, in a form for people (`message`, `hint`) and for programs (`code`, `field`). */
export const errorInfoSchema = z.object({
  code: z.string() as z.ZodType<ErrorCode>,
  message: z.string(),
  /** What to do about it. */
  hint: z.string().optional(),
  /** The request's field that is wrong, as a dotted path. */
  field: z.string().optional(),
});
export type ErrorInfo = z.infer<typeof errorInfoSchema>;

/** The one acknowledgement that every request gets. */
export type Result<T> = { ok: true; data: T } | { ok: false; error: ErrorInfo };
