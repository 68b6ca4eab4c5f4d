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

  /**
   * `error` itself when it is an AppError; `disk_full` or `home_not_writable` for what a full or read-only disk did, wherever that
   * was met; else an `internal` one that keeps it as its cause and shows nothing of it.
   */
  static from(error: unknown): AppError {
    if (error instanceof AppError) return error;
    const disk = diskErrors[systemCodeOf(error)];
    if (disk !== undefined) return new AppError(disk.code, disk.message, { hint: disk.hint, cause: error });
    return new AppError("internal", "Something went wrong inside Cria.", {
      hint: "Try again. If it happens again, the server's log says more.",
      cause: error,
    });
  }
}

const full = {
  code: "disk_full",
  message: "The disk is full.",
  hint: "Free some room on the disk of the home folder, then try again.",
} as const;

/** What any write may meet. Source: errno(3). */
const diskErrors: Record<string, { code: ErrorCode; message: string; hint: string }> = {
  ENOSPC: full,
  EDQUOT: full,
  EROFS: {
    code: "home_not_writable",
    message: "The disk can only be read.",
    hint: "Choose another folder with --home DIR or CRIA_HOME.",
  },
};

function systemCodeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
