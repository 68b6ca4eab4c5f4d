import type { Socket } from "node:net";
import type { RequestHandler } from "express";

/** Requests of each connection that wait for the answer to the one before; none waits where there is a list of none. */
const waiting = new WeakMap<Socket, (() => void)[]>();

/**
 * Begins a request when the one before it on the same connection is answered. Their answers have to go out in that order anyway, and a
 * client may send hundreds before it reads the first (pipelining): begun at once, all would hold their answers in memory, and Node tells
 * only the first that the client has gone, so that the others' generations would run on for nobody ([T22]).
 * Source: RFC 9112, 9.3.2; Node's `_http_server.js`, `onServerResponseClose`.
 */
export const answerInTurn: RequestHandler = (request, response, next) => {
  const { socket } = request;
  const begin = () => {
    response.once("close", () => beginNext(socket));
    next();
  };
  const queue = waiting.get(socket);
  if (queue !== undefined) queue.push(begin);
  else {
    waiting.set(socket, []);
    begin();
  }
};

function beginNext(socket: Socket): void {
  // Whoever has gone gets no further answers: what waits never begins.
  const next = socket.destroyed ? undefined : waiting.get(socket)?.shift();
  if (next === undefined) waiting.delete(socket);
  else next();
}
