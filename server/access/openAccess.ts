import { AppError } from "../platform/AppError.js";
import type { Config } from "../platform/config.js";
import type { Logger } from "../platform/logger.js";
import { isLoopback } from "../platform/networkAddress.js";
import { AccessControl } from "./AccessControl.js";
import { makeToken } from "./tokenFile.js";

/**
 * Who gets in, from the configuration. On this machine's own addresses nobody is asked, unless a token was given or the server
 * is to be reached under other names or through a proxy. Everywhere else a token is a must ([T4]).
 * Throws `token_required` or `tokens_unreadable`.
 */
export function openAccess(
  {
    host,
    token: given,
    allowedHosts,
    trustedProxies,
  }: Pick<Config, "host" | "token" | "allowedHosts" | "trustedProxies">,
  tokensPath: string,
  logger: Logger,
): { access: AccessControl; token: string | undefined } {
  const token = given === "auto" ? makeToken() : given;
  const reachable = !isLoopback(host) || allowedHosts.length > 0 || trustedProxies.length > 0;
  const access = new AccessControl({ required: reachable || token !== undefined, token, tokensPath }, logger);
  if (access.required && !access.hasTokens) {
    access.close();
    throw new AppError("token_required", `Cria does not listen on ${host} for others without a token.`, {
      hint: [
        "Without one, everyone who reaches this address could use it. Either:",
        "  cria token new me --mine     makes a token for you, with the chats of this machine; then start again",
        "  cria serve … --token auto    makes one for this run and shows it",
        "  CRIA_TOKEN=… cria serve …    takes yours, of at least 16 characters",
      ].join("\n"),
    });
  }
  return { access, token };
}
