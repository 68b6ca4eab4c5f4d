import type { RequestHandler } from "express";

/** Whoever takes nothing for so long has stopped for good; a program that pauses for a while does not lose its answer. */
const defaultUnreadMs = 5 * 60_000;

/**
 * Cuts a connection when nothing of what waits to be sent on it was taken for `unreadMs`: it would be kept, with its answer in memory, for as
 * long as the other side's system is alive ([T22]). An answer that is being made has nothing to send yet, and is waited for.
 */
export function cutUnread(unreadMs = defaultUnreadMs): RequestHandler {
  return (request, response, next) => {
    const { socket } = request;
    response.setTimeout(unreadMs, () => {
      if (socket.writableLength > 0) socket.destroy();
    });
    next();
  };
}
