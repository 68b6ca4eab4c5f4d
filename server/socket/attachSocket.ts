import type { Server as HttpServer, IncomingMessage } from "node:http";
import { Server, type ServerOptions } from "socket.io";
import type { AccessControl } from "../access/AccessControl.js";
import type { TrustedProxies } from "../access/clientAddress.js";
import type { ChatAccounts } from "../chat/ChatAccounts.js";
import type { Logger } from "../platform/logger.js";
import { admitSockets, ownerRoom, principalOf } from "./admitSockets.js";
import { conversationRoom } from "./conversationRoom.js";
import type { DalaiProtocol } from "./dalai/DalaiProtocol.js";
import { dropSlowReader } from "./dropSlowReader.js";
import { guardTransport } from "./guardTransport.js";
import type { Client, Handlers, ReceivedEvents, SentEvents } from "./Handlers.js";
import { handleRequest } from "./handleRequest.js";
import { RequestTurns } from "./RequestTurns.js";

export type CriaSocketServer = Server<ReceivedEvents, SentEvents>;

export interface SocketOptions {
  /** True for a request (or upgrade) from a page of ours or from a program; false from another site's page. */
  allowRequest(request: IncomingMessage): boolean;
  access: AccessControl;
  trusted: TrustedProxies;
  /**
   * Rooms that reach over several nodes. Then WebSocket is the only transport: the requests of long polling would each reach another
   * node.
   */
  adapter?: ServerOptions["adapter"] | undefined;
}

/** A connection that has not said who it is after this long is cut. */
const connectTimeoutMs = 10_000;

/** What answers the events: our own requests by name, and Dalai's one event. */
export interface SocketProtocols {
  handlers: Handlers;
  dalai: DalaiProtocol;
}

/** Puts socket.io on the server's port. Dalai's event `request` goes to its protocol, every other one through {@link handleRequest}. */
export function attachSocket(
  httpServer: HttpServer,
  { handlers, dalai }: SocketProtocols,
  options: SocketOptions,
  logger: Logger,
): CriaSocketServer {
  const io: CriaSocketServer = new Server(httpServer, {
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: 1_000_000,
    connectTimeout: connectTimeoutMs,
    ...(options.adapter === undefined ? {} : { adapter: options.adapter, transports: ["websocket" as const] }),
    allowRequest: (request, decide) => decide(null, options.allowRequest(request)),
  });
  guardTransport(io.engine, options.allowRequest);
  const isStillWelcome = admitSockets(io, { ...options, port: () => portOf(httpServer) });
  io.on("connection", (socket) => {
    dropSlowReader(socket, logger);
    const client: Client = { socket, principal: principalOf(socket) };
    const turns = new RequestTurns();
    socket.once("disconnect", () => turns.close());
    socket.onAny((name: string, ...args: unknown[]) => {
      const taken = turns.take(() => {
        if (!isStillWelcome(socket)) return;
        if (name === "request") dalai.receive(socket, args);
        else void handleRequest(handlers, client, name, args, logger);
      });
      if (taken) return;
      logger.warn("a connection that sends more than can be answered was cut");
      socket.disconnect(true);
    });
  });
  return io;
}

/** Passes on what happens to stored chats: messages to those who have the conversation open, the rest to all of its owner. */
export function announceConversations(io: CriaSocketServer, accounts: ChatAccounts): void {
  accounts.onOpen(({ owner, feed }) => {
    const all = () => io.to(ownerRoom(owner));
    const readers = (conversationId: string) => io.to(conversationRoom(conversationId));
    feed.listen({
      changed: (conversation, messages) => {
        readers(conversation.id).emit("conversation:changed", { conversation, messages });
        all().emit("conversation:listed", { conversation });
      },
      deleted: (conversationId) => all().emit("conversation:deleted", { conversationId }),
      messagesDeleted: ({ id: conversationId }, messageIds) =>
        readers(conversationId).emit("message:deleted", { conversationId, messageIds }),
      settingsChanged: (settings) => all().emit("settings:changed", { settings }),
    });
  });
}

function portOf(server: HttpServer): number | undefined {
  const address = server.address();
  return typeof address === "object" ? address?.port : undefined;
}
