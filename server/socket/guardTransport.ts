import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server } from "socket.io";

/**
 * Asks for an answer as a script (JSONP), which pages of other sites could include. The query is read as engine.io does: a name may be
 * written as `%6a`.
 */
function asksForScript({ url = "" }: IncomingMessage): boolean {
  const start = url.indexOf("?");
  return start >= 0 && new URLSearchParams(url.slice(start)).has("j");
}

/** What engine.io itself answers where it refuses a connection. */
const forbidden = JSON.stringify({ code: 4, message: "Forbidden" });
const asJson = { "content-type": "application/json" };

/**
 * engine.io asks whether a request may come in only where a connection begins. This asks at every request of it, also those with
 * its id, refuses answers as scripts, and says that no other site may include what is answered ([T1], [T2]).
 */
export function guardTransport(engine: Server["engine"], allows: (request: IncomingMessage) => boolean): void {
  engine.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    if (!asksForScript(request) && allows(request)) {
      next();
      return;
    }
    if (request.headers.upgrade === undefined) response.writeHead(403, asJson).end(forbidden);
    // What engine.io gives for an upgrade is no response that could be sent.
    else request.socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n", () => request.socket.destroy());
  });
  engine.on("headers", (headers: { [name: string]: string }) => {
    headers["Cross-Origin-Resource-Policy"] = "same-origin";
    headers["X-Content-Type-Options"] = "nosniff";
  });
}
