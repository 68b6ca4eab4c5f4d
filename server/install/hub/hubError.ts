import { AppError } from "../../platform/AppError.js";

/**
 * What an answer of the hub that is no success means. `X-Error-Code` is how the hub tells a gated repository from a missing one; for a
 * missing or private repository it answers 401 to those who are not logged in. Source: huggingface_hub, `utils/_http.py`.
 */
export function hubError(
  answer: { status: number; headers: Record<string, string> },
  about: { repository: string; revision?: string; path?: string; hasToken: boolean; endpoint: URL },
): AppError {
  const { status, headers } = answer;
  const { repository, hasToken } = about;
  const page = new URL(`/${repository}`, about.endpoint).href;
  const errorCode = headers["x-error-code"];
  const said = clean(headers["x-error-message"]);

  if (errorCode === "GatedRepo")
    return new AppError("hub_gated", `${repository} is gated: its owner wants its conditions accepted first.`, {
      hint: hasToken
        ? `Open ${page} with the account of your HF_TOKEN, accept the conditions (some owners take a while to answer), then try again.`
        : `Open ${page}, log in and accept the conditions; then make a token at ${new URL("/settings/tokens", about.endpoint).href} and set HF_TOKEN.`,
    });
  if (errorCode === "RevisionNotFound")
    return new AppError("hub_not_found", `${repository} has no revision "${about.revision ?? "main"}".`, {
      hint: `See ${page}/tree/main for what there is.`,
    });
  // The file server, to which the hub sends for large files, has no codes; that the repository is there is known by then.
  const noSuchFile = errorCode === undefined && about.path !== undefined && (status === 404 || status === 410);
  if (errorCode === "EntryNotFound" || noSuchFile)
    return new AppError("hub_not_found", `${repository} has no file "${about.path ?? ""}".`, {
      hint: `See ${page}/tree/main for what there is.`,
    });
  if (status === 401 && hasToken && errorCode !== "RepoNotFound")
    return new AppError("hub_unauthorized", "The hub does not accept the token in HF_TOKEN.", {
      hint: `Make a new one at ${new URL("/settings/tokens", about.endpoint).href}, or unset HF_TOKEN for public models.`,
    });
  if (status === 401 && errorCode === undefined && about.path !== undefined)
    return new AppError("hub_unauthorized", `The hub wants a token for "${about.path}" of ${repository}.`, {
      hint: `Make one at ${new URL("/settings/tokens", about.endpoint).href} and set HF_TOKEN.`,
    });
  if (status === 401 || status === 404 || errorCode === "RepoNotFound")
    return new AppError("hub_not_found", `The hub has no repository ${repository}, or it is private.`, {
      hint: hasToken
        ? `Check the spelling at ${page} and that the account of your HF_TOKEN may see it.`
        : `Check the spelling at ${page}. If it is private, set HF_TOKEN.`,
    });
  if (status === 403)
    return new AppError(
      "hub_unauthorized",
      `The hub refuses access to ${repository}${said === "" ? "." : `: ${said}`}`,
      {
        hint: "Check that your HF_TOKEN may read this repository (fine-grained tokens list what they may read).",
      },
    );
  if (status === 429)
    return new AppError("hub_rate_limited", "The hub wants fewer requests from this address.", {
      hint: `Wait a few minutes and start again: it goes on where it stopped.${hasToken ? "" : " A token in HF_TOKEN raises the limit."}`,
    });
  return new AppError("hub_failed", `The hub answered with status ${status}${said === "" ? "." : `: ${said}`}`, {
    hint: "Start again in a while: it goes on where it stopped.",
  });
}

/** Text from a server, made fit for a line on a terminal. */
function clean(text: string | undefined): string {
  return (text ?? "")
    .replace(/\p{Cc}/gu, " ")
    .slice(0, 200)
    .trim();
}
