import { AppError } from "../platform/AppError.js";

/** Who asks: everything that is somebody's is asked for with one of these. */
export interface Principal {
  /** The token's; what was begun with a token ends when that token is revoked. */
  id: string;
  /** Whose conversations and generations these are. */
  owner: string;
  /** For people: the token's name. */
  name: string;
}

/** The owner of whatever is made without a token, on this machine. */
export const localOwner = "local";

/**
 * What is everybody's, such as the models on the disk, is changed only by who runs the machine: without a token on it, with the
 * server's own token, or with one made with `--mine`. Throws `forbidden`.
 */
export function requireMachineOwner(principal: Principal): void {
  if (principal.owner !== localOwner)
    throw new AppError("forbidden", "Only who runs this server may do that.", {
      hint: "A token of theirs is made with: cria token new NAME --mine",
    });
}

/** Everyone, where no token is asked for: on this machine alone. */
export const localPrincipal: Principal = { id: "local", owner: localOwner, name: "this machine" };
