import { io, type Socket } from "socket.io-client";
import {
  type DalaiClientToServerEvents,
  type DalaiRequestFields,
  type DalaiServerToClientEvents,
  dalaiEndMarker,
} from "../protocol/dalai.js";
import { CriaError } from "./CriaError.js";
import { connectFailure, serverAddress } from "./connectFailure.js";

/** An answer that is under way at a server that speaks Dalai's protocol. */
export interface DalaiAnswer {
  /** Resolves at the end, after errors too; rejects when `onPiece` threw. */
  readonly ended: Promise<void>;
  stop(): void;
}

/**
 * Sends a request to a Cria or Dalai server and passes on the pieces of its answer; the last is the end marker unless `skip_end`
 * is set. A server that is not there, or goes away, is told in a piece. Dalai itself sends every answer to everyone, so an answer
 * is known by its request's id. `token`: for a server that asks for one.
 */
export function requestDalai(
  url: string,
  request: DalaiRequestFields,
  onPiece: (piece: string) => void,
  token?: string,
): DalaiAnswer {
  const { address, refusal } = addressOrRefusal(url);
  const socket: Socket<DalaiServerToClientEvents, DalaiClientToServerEvents> = io(address, {
    forceNew: true,
    autoConnect: false,
    reconnection: false,
    ...(token === undefined ? {} : { auth: { token } }),
  });
  const id = request.id ?? `cria-${Date.now()}-${Math.random().toString(36).slice(2)}`;
  let over = false;
  let settle = (_error?: unknown) => {};
  const ended = new Promise<void>((resolve, reject) => {
    settle = (error) => (error === undefined ? resolve() : reject(error));
  });
  const end = (error?: unknown) => {
    if (over) return;
    over = true;
    socket.disconnect();
    settle(error);
  };
  const pass = (piece: string) => {
    try {
      onPiece(piece);
    } catch (error) {
      end(error);
    }
  };
  const finish = (reason?: string) => {
    if (over) return;
    if (reason !== undefined) pass(`\r\n${reason}`);
    if (request.skip_end !== true || request.method === "installed") pass(dalaiEndMarker);
    end();
  };
  socket.once("connect", () => {
    // The end marker is asked for in any case: without it nobody knows when the answer ends.
    socket.emit("request", { ...request, id, skip_end: false });
  });
  socket.once("connect_error", (error) => finish(connectFailure(error, address).message));
  socket.once("disconnect", () => finish(`The connection to ${url} was lost.`));
  socket.on("result", ({ response, request: answered }) => {
    if (over || answered.id !== id) return;
    if (response === dalaiEndMarker) finish();
    else pass(response);
  });
  // Pieces come when the caller has the answer, and not before.
  if (refusal === undefined) socket.connect();
  else queueMicrotask(() => finish([refusal.message, refusal.hint].filter(Boolean).join(" ")));
  return {
    ended,
    stop: () => {
      if (over) return;
      socket.emit("request", { prompt: "/stop" });
      finish();
    },
  };
}

function addressOrRefusal(url: string): { address: string; refusal?: CriaError } {
  try {
    return { address: serverAddress(url) };
  } catch (error) {
    if (error instanceof CriaError) return { address: "", refusal: error };
    throw error;
  }
}
