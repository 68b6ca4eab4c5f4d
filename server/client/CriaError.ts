import type { ErrorCode } from "../protocol/errorCodes.js";
import type { ErrorInfo } from "../protocol/result.js";

/** What a server refused, or what went wrong on the way to it. docs/errors.md lists the codes. */
export class CriaError extends Error {
  readonly code: ErrorCode;
  /** What to do about it. */
  readonly hint: string | undefined;
  /** The request's field that is wrong, as a dotted path. */
  readonly field: string | undefined;
  /** The reply as far as it had come, when a generation failed. */
  readonly text: string | undefined;

  constructor(info: ErrorInfo, text?: string) {
    super(info.message);
    this.name = "CriaError";
    this.code = info.code;
    this.hint = info.hint;
    this.field = info.field;
    this.text = text;
  }
}

/** Why a server did not let a connection in, when it was the server that said no and not the network. */
export function refusalOf(error: Error): CriaError | undefined {
  const data: unknown = "data" in error ? error.data : undefined;
  return isErrorInfo(data) ? new CriaError(data) : undefined;
}

export function isErrorInfo(value: unknown): value is ErrorInfo {
  return typeof value === "object" && value !== null && "code" in value && "message" in value;
}
