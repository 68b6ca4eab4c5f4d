import { io, type Socket } from "socket.io-client";
import type {
  Answers,
  ClientToServerEvents,
  RequestName,
  Requests,
  ServerToClientEvents,
} from "../../protocol/events.js";
import type { GenerationEvent } from "../../protocol/generation.js";
import type { Result } from "../../protocol/result.js";

/** One socket with a listener per generation that it follows. */
export class SocketConnection {
  readonly #url: string;
  readonly #listeners = new Map<string, (events: GenerationEvent[]) => void>();
  #socket: Socket<ServerToClientEvents, ClientToServerEvents> | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  async open(): Promise<void> {
    if (this.#socket?.connected === true) return;
    const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io(this.#url, {
      transports: ["websocket"],
      forceNew: true,
      reconnection: false,
    });
    socket.on("generation:events", ({ generationId, events }) => this.#listeners.get(generationId)?.(events));
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("connect_error", reject);
    });
    this.#socket = socket;
  }

  /** The answer; throws what the server refused. */
  async request<Name extends RequestName>(name: Name, request: Requests[Name]): Promise<Answers[Name]> {
    const socket = this.#socket;
    if (socket === undefined) throw new Error("not connected");
    const emit = socket.emit.bind(socket) as (
      name: string,
      request: unknown,
      acknowledge: (result: Result<Answers[Name]>) => void,
    ) => void;
    const result = await new Promise<Result<Answers[Name]>>((resolve) => emit(name, request, resolve));
    if (!result.ok) throw new Error(`${name}: ${result.error.code} ${result.error.message}`);
    return result.data;
  }

  listen(generationId: string, listener: (events: GenerationEvent[]) => void): void {
    this.#listeners.set(generationId, listener);
  }

  forget(generationId: string): void {
    this.#listeners.delete(generationId);
  }

  /** Cuts it as a lost network does: nothing is said to the server. */
  drop(): void {
    this.#socket?.io.engine.close();
    this.#socket?.disconnect();
    this.#socket = undefined;
  }
}

/** The sockets of one client process, by address and number. */
export class SocketConnections {
  readonly #connections = new Map<string, SocketConnection>();

  async get(url: string, number: number): Promise<SocketConnection> {
    const key = `${url} ${number}`;
    let connection = this.#connections.get(key);
    if (connection === undefined) {
      connection = new SocketConnection(url);
      this.#connections.set(key, connection);
    }
    await connection.open();
    return connection;
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.drop();
  }
}
