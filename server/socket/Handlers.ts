import type { Socket } from "socket.io";
import type { Principal } from "../access/Principal.js";
import type { DalaiClientToServerEvents, DalaiServerToClientEvents } from "../protocol/dalai.js";
import type { Answers, ClientToServerEvents, RequestName, Requests, ServerToClientEvents } from "../protocol/events.js";

/** Our protocol and Dalai's share every connection. */
export type ReceivedEvents = ClientToServerEvents & DalaiClientToServerEvents;
export type SentEvents = ServerToClientEvents & DalaiServerToClientEvents;

export type CriaSocket = Socket<ReceivedEvents, SentEvents>;

/** What a handler knows of the one who asks. */
export interface Client {
  readonly socket: CriaSocket;
  readonly principal: Principal;
}

/** One function per request: gets the parsed payload, returns the answer or throws an AppError. It never sees the acknowledgement. */
export type Handlers = {
  [Name in RequestName]: (request: Requests[Name], client: Client) => Promise<Answers[Name]> | Answers[Name];
};
