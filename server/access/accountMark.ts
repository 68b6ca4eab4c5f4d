import { createHash } from "node:crypto";

/**
 * Tells one owner's chats from another's in a browser that both use, and nothing else: it is no secret, and no way back to the owner
 * or the token.
 */
export function accountMark(owner: string): string {
  return createHash("sha256").update(`cria account ${owner}`).digest("hex").slice(0, 16);
}
