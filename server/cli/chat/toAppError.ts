import { CriaError } from "../../client/connect.js";
import { AppError } from "../../platform/AppError.js";

/** An error of the socket client in the form that the command line prints. */
export function toAppError(error: unknown): AppError {
  if (!(error instanceof CriaError)) return AppError.from(error);
  const { code, message, hint, field } = error;
  return AppError.fromInfo({
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(field === undefined ? {} : { field }),
  });
}
