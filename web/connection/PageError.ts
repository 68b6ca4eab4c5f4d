import type { ErrorCode } from "../../server/protocol/errorCodes.js";
import type { ErrorInfo } from "../../server/protocol/result.js";

/** What can go wrong for the page: whatever the server says, and what only the page can know. `refused_here`: it was not even sent. */
export type PageErrorCode = ErrorCode | "request_timeout" | "connection_lost" | "refused_here";

export interface PageError extends Omit<ErrorInfo, "code"> {
  code: PageErrorCode;
}

export type PageResult<T> = { ok: true; data: T } | { ok: false; error: PageError };
