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

/** Everyone, where no token is asked for: on this machine alone. */
export const localPrincipal: Principal = { id: "local", owner: localOwner, name: "this machine" };
