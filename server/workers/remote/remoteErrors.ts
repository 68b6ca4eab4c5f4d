import { z } from "zod";
import { AppError } from "../../platform/AppError.js";

const hint = "Check that it runs, and its address: cria serve --engine name=http://host:8000/v1";

/** OpenAI's shape, which all have in common; FastAPI's `detail` and Ollama's plain text beside it. */
const bodySchema = z.union([
  z.object({ error: z.object({ message: z.string(), code: z.unknown().optional(), type: z.unknown().optional() }) }),
  z.object({ error: z.string() }),
  z.object({ message: z.string() }),
]);

/** What OpenAI, llama-server and Cria call a prompt that is too long. */
const contextCodes = new Set<unknown>(["context_length_exceeded", "exceed_context_size_error"]);

/** Nothing answers there. */
export function unreachable(name: string, cause: unknown): AppError {
  const reason = cause instanceof Error ? ("code" in cause ? String(cause.code) : cause.message) : String(cause);
  return new AppError("engine_unreachable", `The engine ${name} cannot be reached (${reason}).`, { hint, cause });
}

/** An answer that broke off. */
export function brokenOff(name: string, cause?: unknown): AppError {
  return new AppError("engine_failed", `The engine ${name} broke off in the middle of the reply.`, {
    hint: "Try again.",
    ...(cause === undefined ? {} : { cause }),
  });
}

/** What a status other than 200 means. `body`: as it came. */
export function refusedAnswer(name: string, status: number, body: string): AppError {
  const { message, isContext } = readBody(body);
  const said = message === undefined ? "" : ` It says: ${message}`;
  if (isContext)
    return new AppError("context_full", `The conversation is longer than the context of the model at ${name}.${said}`, {
      hint: "Begin a new chat, or choose a model with a larger context.",
    });
  if (status === 401 || status === 403)
    return new AppError("engine_refused", `The engine ${name} wants another key (status ${status}).`, {
      hint: `Give its key in the environment, as CRIA_ENGINE_${name.toUpperCase().replaceAll("-", "_")}_KEY.`,
    });
  if (status === 429)
    return new AppError("queue_full", `The engine ${name} has too much to do.${said}`, {
      hint: "Try again in a while.",
    });
  if (status === 400 || status === 422)
    return new AppError("bad_request", `The engine ${name} does not take the request.${said}`, {
      hint: "Another parameter or another model may be taken.",
    });
  if (status >= 300 && status < 400)
    return new AppError("engine_failed", `The engine ${name} sends to another address, which Cria does not follow.`, {
      hint: "Give the address that it has itself, with --engine.",
    });
  return new AppError("engine_failed", `The engine ${name} answered with status ${status}.${said}`, { hint });
}

/** An error that comes within a stream. */
export function streamedError(name: string, error: unknown): AppError {
  return refusedAnswer(name, 500, JSON.stringify({ error }));
}

function readBody(body: string): { message: string | undefined; isContext: boolean } {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { message: undefined, isContext: false };
  }
  const parsed = bodySchema.safeParse(json);
  if (!parsed.success) return { message: undefined, isContext: false };
  const { data } = parsed;
  const error = "error" in data ? data.error : data.message;
  const message = (typeof error === "string" ? error : error.message).slice(0, 500);
  const isContext = typeof error !== "string" && (contextCodes.has(error.code) || contextCodes.has(error.type));
  return { message, isContext };
}
