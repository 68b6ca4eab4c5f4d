import type { Socket } from "socket.io";
import type { Answers, ClientToServerEvents, RequestName, Requests, ServerToClientEvents } from "../protocol/events.js";

export type CriaSocket = Socket<ClientToServerEvents, ServerToClientEvents>;

/** What a handler knows of the one who asks. */
export interface Client {
  readonly socket: CriaSocket;
}

/** One function per request: gets the parsed payload, returns the answer or throws an AppError. It never sees the acknowledgement. */
export type Handlers = {
  [Name in RequestName]: (request: Requests[Name], client: Client) => Promise<Answers[Name]> | Answers[Name];
};
