import type { AccessControl } from "../access/AccessControl.js";
import { clientAddress, type TrustedProxies } from "../access/clientAddress.js";
import type { Principal } from "../access/Principal.js";
import { readCredential } from "../access/readCredential.js";
import { AppError } from "../platform/AppError.js";
import type { CriaSocketServer } from "./attachSocket.js";
import type { CriaSocket } from "./Handlers.js";

const principals = new WeakMap<CriaSocket, Principal>();

/** Whose connection this is. */
export function principalOf(socket: CriaSocket): Principal {
  const principal = principals.get(socket);
  if (principal === undefined) throw new AppError("internal", "A socket came past the access control.");
  return principal;
}

/** All connections of one token. */
function tokenRoom(principalId: string): string {
  return `token:${principalId}`;
}

/** All connections of one owner. */
export function ownerRoom(owner: string): string {
  return `owner:${owner}`;
}

/**
 * Lets sockets in by the token in their `auth`, `Authorization` header or cookie; the refusal is a `connect_error` with the error in
 * its `data`. A token that is revoked takes its connections with it. Returns the question to ask at every event: a socket that is
 * not welcome any more has been cut then.
 */
export function admitSockets(
  io: CriaSocketServer,
  { access, trusted, port }: { access: AccessControl; trusted: TrustedProxies; port: () => number | undefined },
): (socket: CriaSocket) => boolean {
  io.use((socket, next) => {
    const { headers, auth, address } = socket.handshake;
    try {
      const token = readCredential({ headers, auth, port: port() });
      // The connection that a polling socket began on may be closed by now; its address was kept.
      const principal = access.authorize(
        token,
        clientAddress({ headers, socket: { remoteAddress: address } }, trusted),
      );
      principals.set(socket, principal);
      void socket.join([tokenRoom(principal.id), ownerRoom(principal.owner)]);
      next();
    } catch (error) {
      const known = AppError.from(error);
      next(Object.assign(new Error(known.message), { data: known.toInfo() }));
    }
  });
  access.onRevoked((principalId) => io.in(tokenRoom(principalId)).disconnectSockets(true));
  return (socket) => {
    try {
      access.check(principalOf(socket));
      return true;
    } catch {
      socket.disconnect(true);
      return false;
    }
  };
}
