import type { ErrorCode } from "../../server/protocol/errorCodes.js";
import type { ErrorInfo } from "../../server/protocol/result.js";

/** What can go wrong for the page: whatever the server says, and two things that only the page can know. */
export type PageErrorCode = ErrorCode | "request_timeout" | "connection_lost";

export interface PageError extends Omit<ErrorInfo, "code"> {
  code: PageErrorCode;
}

export type PageResult<T> = { ok: true; data: T } | { ok: false; error: PageError };
