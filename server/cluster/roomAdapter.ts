import { createAdapter } from "@socket.io/redis-streams-adapter";
import { keys } from "./keys.js";
import type { Redis } from "./openRedis.js";

/** Events that a node which lost its connection can still read when it is back. */
const keptEvents = 10_000;

/** What makes socket.io's rooms reach over all nodes. Tokens never go this way: they are sent to single sockets. */
export type RoomAdapter = ReturnType<typeof createAdapter>;

/** `redis`: a connection as libraries want it; the adapter makes two more of the same kind and closes them with the server. */
export function roomAdapter(redis: Redis): RoomAdapter {
  return createAdapter(redis, { streamName: keys.rooms, channelPrefix: keys.rooms, maxLen: keptEvents });
}
