import { AppError } from "../../platform/AppError.js";

/** What a sampler gives in place of a token when it cannot choose one. Source: llama.cpp include/llama.h, LLAMA_TOKEN_NULL. */
const noToken = -1;

/**
 * A sampler that fails (a grammar to which no token fits) rejects inside the engine's batch loop, which nobody awaits: the
 * process would end and with it everybody's replies. As "no token" the failure reaches its own sequence alone.
 */
export function keepSamplingFailuresApart(context: object): void {
  const native: unknown = Reflect.get(context, "_ctx");
  const sampleToken: unknown = native instanceof Object ? Reflect.get(native, "sampleToken") : undefined;
  if (!(native instanceof Object) || typeof sampleToken !== "function")
    throw new AppError("internal", "The engine samples its tokens elsewhere.");
  const settled = async (...args: unknown[]): Promise<unknown> => {
    try {
      return await Reflect.apply(sampleToken, native, args);
    } catch {
      return noToken;
    }
  };
  // Defined, not set: the method on the prototype is read-only.
  Object.defineProperty(native, "sampleToken", { value: settled });
}

/** The engine's own words for `noToken`. Source: node-llama-cpp LlamaContext.ts, `_evaluate`. */
export function isSamplingFailure(error: unknown): boolean {
  return error instanceof Error && error.message === "Failed to sample next token";
}
