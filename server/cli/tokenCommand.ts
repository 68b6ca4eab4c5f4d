import type { CAC } from "cac";
import { localOwner } from "../access/Principal.js";
import { addToken, readTokens, revokeToken } from "../access/tokenFile.js";
import { AppError } from "../platform/AppError.js";
import { readConfig } from "../platform/config.js";
import { makeFolder } from "../platform/makeFolder.js";
import { homePaths, makeHome, requireReadable } from "../platform/paths.js";
import { loginLink, networkUrl, qrCode } from "./showNetworkAddress.js";

interface TokenFlags {
  home?: unknown;
  port?: unknown;
  mine?: boolean;
  json?: boolean;
}

/** `cria token list|new|revoke`: who may use a server that others can reach. A running server notices at once. */
export function registerToken(cli: CAC): void {
  cli
    .command("token <list|new|revoke> [name]", "Tokens for those who reach the server from other machines")
    .option("--mine", "new: it opens the chats of this machine; otherwise it has chats of its own")
    .option("--port <number>", "new: the server's port, for the link (3000)")
    .option("--home <folder>", "The home of the server (~/.cria)")
    .option("--json", "list: as JSON")
    .example("cria token new phone --mine")
    .action(run);
}

async function run(action: string, name: string | undefined, flags: TokenFlags): Promise<void> {
  const config = readConfig({ homePath: flags.home, port: flags.port });
  const paths = homePaths(config.homePath);
  await requireReadable(paths);
  switch (action) {
    case "list":
      list(paths.tokens, flags.json === true);
      break;
    case "new": {
      const wanted = nameOf(name, "new");
      await makeHome(paths);
      await make(paths.tokens, { name: wanted, mine: flags.mine === true, port: config.port });
      break;
    }
    case "revoke": {
      await makeFolder(paths.home);
      const { name: revoked } = await revokeToken(paths.tokens, nameOf(name, "revoke"));
      console.log(`The token "${revoked}" counts no more. Whoever used it has been cut off.`);
      break;
    }
    default:
      throw new AppError("config_invalid", `There is no "cria token ${action}".`, {
        hint: "cria token list, cria token new NAME or cria token revoke NAME",
      });
  }
}

function nameOf(name: unknown, action: "new" | "revoke"): string {
  if (name === undefined)
    throw new AppError("config_invalid", "A name is missing.", { hint: `For example: cria token ${action} phone` });
  return String(name);
}

async function make(path: string, options: { name: string; mine: boolean; port: number }): Promise<void> {
  const { secret, token } = await addToken(path, options);
  console.log(`The token "${token.name}", which is shown this once:\n\n  ${secret}\n`);
  console.log(
    token.owner === localOwner
      ? "It opens the chats of this machine."
      : "It has chats of its own: it does not see those of other tokens or of this machine.",
  );
  const url = networkUrl("0.0.0.0", options.port);
  if (url === undefined) return;
  const link = loginLink(url, secret);
  console.log(`In your network, once the server listens there (cria serve --host 0.0.0.0):\n\n  ${link}\n`);
  console.log(qrCode(link));
}

function list(path: string, asJson: boolean): void {
  const tokens = readTokens(path).map(({ id, name, owner, createdAt }) => ({
    name,
    id,
    mine: owner === localOwner,
    createdAt,
  }));
  if (asJson) console.log(JSON.stringify(tokens, undefined, 2));
  else if (tokens.length === 0) console.log("There are no tokens. cria token new NAME makes one.");
  else
    for (const { name, createdAt, mine } of tokens)
      console.log(
        `${name.padEnd(24)} ${createdAt.slice(0, 10)}  ${mine ? "the chats of this machine" : "chats of its own"}`,
      );
}
