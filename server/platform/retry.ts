import { setTimeout as wait } from "node:timers/promises";
import type { AppError } from "./AppError.js";

/** A failure that may pass: `error` is what is shown when it does not. */
export class TransientError extends Error {
  readonly error: AppError;
  /** What the server's `Retry-After` asks for. */
  readonly retryAfterMs: number | undefined;

  constructor(error: AppError, retryAfterMs?: number) {
    super(error.message, { cause: error });
    this.name = "TransientError";
    this.error = error;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface RetryOptions {
  /** How often it is tried in all. */
  attempts: number;
  baseDelayMs: number;
  maxDelayMs: number;
  /** A server that asks for a longer wait than this gets no second request. */
  maxRetryAfterMs: number;
  /** 0 to 1. */
  random: () => number;
  signal?: AbortSignal;
  onRetry?: (error: AppError, delayMs: number) => void;
}

export const retryDefaults: RetryOptions = {
  attempts: 6,
  baseDelayMs: 500,
  maxDelayMs: 30_000,
  maxRetryAfterMs: 120_000,
  random: Math.random,
};

/** Status codes behind which the same request may succeed later. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** `Retry-After` in milliseconds: seconds or an HTTP date (RFC 9110, 10.2.3). */
export function retryAfterMs(headers: Record<string, string>, nowMs = Date.now()): number | undefined {
  const value = headers["retry-after"]?.trim();
  if (value === undefined || value === "") return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/**
 * How long to wait before the next try after `failures` failures in a row: exponential with jitter, at least what the server asks for.
 * `undefined`: do not try again.
 */
export function backOffMs(failures: number, error: TransientError, options: RetryOptions): number | undefined {
  if (failures >= options.attempts) return undefined;
  if (error.retryAfterMs !== undefined && error.retryAfterMs > options.maxRetryAfterMs) return undefined;
  const ceilingMs = Math.min(options.maxDelayMs, options.baseDelayMs * 2 ** (failures - 1));
  return Math.max(error.retryAfterMs ?? 0, ceilingMs * (0.5 + 0.5 * options.random()));
}

/** Runs `operation` again while it throws a {@link TransientError}; then throws the error inside. */
export async function retry<T>(operation: () => Promise<T>, options: Partial<RetryOptions> = {}): Promise<T> {
  const settings: RetryOptions = { ...retryDefaults, ...options };
  for (let failures = 1; ; failures++) {
    try {
      return await operation();
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      const delayMs = backOffMs(failures, error, settings);
      if (delayMs === undefined) throw error.error;
      settings.onRetry?.(error.error, delayMs);
      await wait(delayMs, undefined, settings.signal === undefined ? {} : { signal: settings.signal });
    }
  }
}
