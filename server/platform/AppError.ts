import { type ErrorCode, errorCodes } from "../protocol/errorCodes.js";
import type { ErrorInfo } from "../protocol/result.js";

/**
 * The only error that is shown to people: `message` says what happened, `hint` what to do.
 * Anything else that is thrown is a bug and is answered as `internal`.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** The request's field that is wrong, as a dotted path. */
  readonly field: string | undefined;
  /** After so long the same may be asked again, for those who come too often. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; field?: string; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.hint = options.hint;
    this.field = options.field;
    this.retryAfterMs = options.retryAfterMs;
  }

  get httpStatus(): number {
    return errorCodes[this.code].httpStatus;
  }

  /** The form that crosses the wire. */
  toInfo(): ErrorInfo {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.field === undefined ? {} : { field: this.field }),
    };
  }

  /** The inverse of {@link toInfo}, for an error that came from a worker or a server. */
  static fromInfo(info: ErrorInfo): AppError {
    return new AppError(info.code, info.message, {
      ...(info.hint === undefined ? {} : { hint: info.hint }),
      ...(info.field === undefined ? {} : { field: info.field }),
    });
  }

  /** `error` itself when it is an AppError, else an `internal` one that keeps it as its cause and shows nothing of it. */
  static from(error: unknown): AppError {
    if (error instanceof AppError) return error;
    return new AppError("internal", "Something went wrong inside Cria.", {
      hint: "Try again. If it happens again, the server's log says more.",
      cause: error,
    });
  }
}
