import { AppError } from "../../platform/AppError.js";
import { version } from "../../platform/version.js";
import type { Choice } from "./startChoices.js";

/** Where a request that is wrong is sent to read. */
export const docsHint = "GET /docs lists what each request takes.";

/** What every answer and every chunk begins with. `created` is in seconds since 1970. */
export function answerHead(id: string, choices: readonly Choice[]) {
  return {
    id,
    created: Math.floor(Date.now() / 1000),
    model: choices[0]?.generation.modelId ?? "",
    system_fingerprint: `cria-${version}`,
  };
}

/** `max_tokens` under its newer and its older name. Throws `bad_request` when both are given. */
export function maxTokensOf(newer: number | null | undefined, older: number | null | undefined) {
  if (typeof newer === "number" && typeof older === "number")
    throw new AppError("bad_request", "Give either max_completion_tokens or max_tokens.", {
      hint: docsHint,
      field: "max_tokens",
    });
  return newer ?? older;
}
