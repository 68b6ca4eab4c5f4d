import { io, type Socket } from "socket.io-client";
import type {
  Answers,
  ClientToServerEvents,
  RequestName,
  Requests,
  ServerToClientEvents,
} from "../../server/protocol/events.js";
import { messages } from "../ui/messages.js";
import type { PageResult } from "./PageError.js";

/** `unreachable`: it was tried, and there was no connection yet since the page was opened; trying goes on. */
export type ConnectionStatus = "connecting" | "unreachable" | "connected" | "reconnecting";

/** The page's line to the server: requests with exactly one answer each, and what the server sends by itself. */
export interface Connection {
  /**
   * Sends a request and waits for its answer. One that was cut off by a lost connection is sent again once the line is back
   * (the server does a `requestId` once only), until `timeoutMs` have passed since it was made.
   */
  request<Name extends RequestName>(
    name: Name,
    payload: Requests[Name],
    options?: { timeoutMs?: number },
  ): Promise<PageResult<Answers[Name]>>;
  /** Calls `listener` for every event of that name; returns how to stop. */
  on<Name extends keyof ServerToClientEvents>(name: Name, listener: ServerToClientEvents[Name]): () => void;
  /** Calls `listener` now and at every change. */
  onStatus(listener: (status: ConnectionStatus) => void): () => void;
  close(): void;
}

type ClientSocket = Socket<ServerToClientEvents, ClientToServerEvents>;
/** The socket without its per-event types, which a function over all events cannot satisfy one by one. */
interface PlainSocket {
  emit(name: string, payload: unknown, acknowledge: (result: unknown) => void): unknown;
  on(name: string, listener: unknown): unknown;
  off(name: string, listener: unknown): unknown;
}

const defaultTimeoutMs = 30_000;

interface Options {
  /** The page's own server unless given. */
  url?: string;
  /** Called when the server wants a token: nothing comes over this line until the reader has logged in. */
  onUnauthorized?: () => void;
}

/** Opens the connection. */
export function openConnection({ url, onUnauthorized }: Options = {}): Connection {
  const options = { transports: ["websocket", "polling"], tryAllTransports: true, reconnectionDelayMax: 3000 };
  const socket: ClientSocket = url === undefined ? io(options) : io(url, options);
  const plain = socket as PlainSocket;
  const waiting = new Set<() => void>();
  const statusListeners = new Set<(status: ConnectionStatus) => void>();
  let status: ConnectionStatus = "connecting";

  const setStatus = (next: ConnectionStatus) => {
    if (status === next) return;
    status = next;
    for (const listener of statusListeners) listener(status);
  };

  socket.on("connect", () => {
    for (const send of waiting) send();
    // Whoever hears of the line sends over it at once, and is not among those that waited for it.
    setStatus("connected");
  });
  socket.on("disconnect", (reason) => {
    setStatus("reconnecting");
    // The server closed this socket on purpose (a restart): socket.io leaves trying again to us then.
    if (reason === "io server disconnect") socket.connect();
  });
  socket.on("connect_error", (error: Error & { data?: { code?: unknown } }) => {
    if (error.data?.code === "unauthorized" && onUnauthorized) return onUnauthorized();
    setStatus(status === "connecting" || status === "unreachable" ? "unreachable" : "reconnecting");
    if (!socket.active) setTimeout(() => socket.connect(), 1000);
  });

  return {
    request(name, payload, { timeoutMs = defaultTimeoutMs } = {}) {
      return new Promise((resolve) => {
        const finish = (result: PageResult<Answers[typeof name]>) => {
          clearTimeout(timer);
          waiting.delete(send);
          resolve(result);
        };
        const send = () => {
          plain.emit(name, payload, (result) => finish(result as PageResult<Answers[typeof name]>));
        };
        const timer = setTimeout(() => {
          const { timeoutMessage: message, timeoutHint: hint } = messages.errors;
          finish({
            ok: false,
            error: { code: socket.connected ? "request_timeout" : "connection_lost", message, hint },
          });
        }, timeoutMs);
        waiting.add(send);
        // While the line is down socket.io would keep the packet and send it beside ours at the next connect.
        if (socket.connected) send();
      });
    },
    on(name, listener) {
      plain.on(name, listener);
      return () => plain.off(name, listener);
    },
    onStatus(listener) {
      statusListeners.add(listener);
      listener(status);
      return () => statusListeners.delete(listener);
    },
    close() {
      socket.disconnect();
      statusListeners.clear();
    },
  };
}
