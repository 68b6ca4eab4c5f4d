import { CriaError } from "../../client/connect.js";
import { AppError } from "../../platform/AppError.js";

const tokenHint = "Give one that counts in CRIA_TOKEN. Where the server runs, cria token new NAME makes one.";

/** An error of the socket client in the form that the command line prints. */
export function toAppError(error: unknown): AppError {
  if (!(error instanceof CriaError)) return AppError.from(error);
  const { code, message, field } = error;
  // The server does not know what asks.
  const hint = code === "unauthorized" ? tokenHint : error.hint;
  return AppError.fromInfo({
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(field === undefined ? {} : { field }),
  });
}
