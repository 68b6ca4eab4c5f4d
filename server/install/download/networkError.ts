import { AppError } from "../../platform/AppError.js";
import { TransientError } from "../../platform/retry.js";

const certificateCodes = /^(CERT_|ERR_TLS_|SELF_SIGNED|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_|ERR_SSL_|HOSTNAME_MISMATCH)/;

const offlineHint = "Is this machine online? Start again when it is: it goes on where it stopped.";
const againHint = "Start again: it goes on where it stopped.";

/** What undici, the resolver or TLS threw, as an error for people: transient where the same request may succeed later. */
export function networkError(error: unknown, host: string): unknown {
  if (error instanceof AppError || error instanceof TransientError || !(error instanceof Error)) return error;
  if (error.name === "AbortError") return error;
  const code = errorCode(error);
  if (code === undefined) return error;
  if (certificateCodes.test(code))
    return new AppError("hub_failed", `${host} shows a certificate that cannot be trusted (${code}).`, {
      hint: "If your network inspects traffic, name its certificate in NODE_EXTRA_CA_CERTS.",
      cause: error,
    });
  const transient = (message: string, hint: string) =>
    new TransientError(new AppError("download_failed", message, { hint, cause: error }));
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return transient(`The address of ${host} cannot be found.`, offlineHint);
    case "ECONNREFUSED":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ENETDOWN":
      return transient(`${host} cannot be reached (${code}).`, offlineHint);
    case "ETIMEDOUT":
    case "UND_ERR_CONNECT_TIMEOUT":
    case "UND_ERR_HEADERS_TIMEOUT":
    case "UND_ERR_BODY_TIMEOUT":
      return transient(`${host} does not answer in time.`, againHint);
    case "ECONNRESET":
    case "ECONNABORTED":
    case "EPIPE":
    case "UND_ERR_SOCKET":
    case "UND_ERR_RES_CONTENT_LENGTH_MISMATCH":
      return transient(`The connection to ${host} broke off.`, againHint);
    default:
      // Answers that are no HTTP, and whatever else the network library complains of.
      return code.startsWith("HPE_") || code.startsWith("UND_ERR_")
        ? transient(`${host} answers with something that cannot be understood (${code}).`, againHint)
        : error;
  }
}

function errorCode(error: Error): string | undefined {
  for (let current: unknown = error; current instanceof Error; current = current.cause)
    if ("code" in current && typeof current.code === "string" && current.code !== "UND_ERR") return current.code;
  return undefined;
}
