import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import type { ChatAccounts } from "../chat/ChatAccounts.js";
import {
  type ChatAsker,
  type ChatRequestName,
  chatRequestNames,
  type PerformChatRequest,
} from "../chat/chatRequests.js";
import type { GenerationService } from "../chat/GenerationService.js";
import { AppError } from "../platform/AppError.js";
import { conversationSchema, messageSchema, promptCountSchema } from "../protocol/conversation.js";
import { type Answers, type Requests, requestSchemas } from "../protocol/events.js";
import { begunPatienceMs } from "./ClusterGenerations.js";
import { chooseNode } from "./chooseNode.js";
import type { GenerationStreams } from "./GenerationStreams.js";
import { keys } from "./keys.js";
import { type NodeCalls, NotHeard, redisFailed } from "./NodeCalls.js";
import type { Presence } from "./Presence.js";
import { nodeOfTemporary } from "./temporaryIds.js";

/** Nodes that are tried before the request fails. */
const mostTries = 4;
/** Which nodes have temporary chats of an owner is forgotten after this long without a new one. */
const temporariesSeconds = 7 * 24 * 60 * 60;

const principalSchema = z.object({ id: z.string(), owner: z.string(), name: z.string() });
const questionSchema = z.object({
  name: z.enum(chatRequestNames),
  request: z.unknown(),
  principal: principalSchema,
  client: z.string().optional(),
  newConversationId: z.string().max(64).optional(),
});

const nothing = z.object({});
const conversation = z.object({ conversation: conversationSchema });
const made = z.object({ conversation: conversationSchema, reply: messageSchema });
const answerSchemas = {
  "conversation:list": z.object({ conversations: z.array(conversationSchema) }),
  "conversation:open": z.object({ conversation: conversationSchema, messages: z.array(messageSchema) }),
  "conversation:update": conversation,
  "conversation:delete": nothing,
  "conversation:restore": conversation,
  "conversation:branch": conversation,
  "chat:send": made.extend({ userMessage: messageSchema }),
  "chat:regenerate": made,
  "chat:continue": made,
  "chat:count": promptCountSchema,
  "message:delete": conversation,
  "message:restore": conversation,
  "message:rate": z.object({ message: messageSchema }),
} satisfies { [Name in ChatRequestName]: z.ZodType<Answers[Name]> };

/** What may be done twice without harm, by its request id or because the second time changes nothing. */
const repeatable: ReadonlySet<ChatRequestName> = new Set(
  chatRequestNames.filter((name) => name !== "conversation:branch"),
);
const makesReply: ReadonlySet<ChatRequestName> = new Set(["chat:send", "chat:regenerate", "chat:continue"]);

export interface RoutedChatsParts {
  presence: Presence;
  streams: GenerationStreams;
  calls: NodeCalls;
  generations: GenerationService;
  accounts: ChatAccounts;
  /** Carries out what is this node's. */
  here: PerformChatRequest;
}

interface Place {
  /** Undefined: it is no conversation's; this node does it. */
  key: string | undefined;
  newConversationId?: string;
}

/**
 * Sends what changes a conversation to the node that serves it, so that its prefix cache is hit and one node alone changes it: the one
 * where a reply of it is being made, else the one that {@link chooseNode} names. The principal that goes along is the one whom the node
 * that was asked has authenticated.
 */
export class RoutedChats {
  readonly #parts: RoutedChatsParts;
  #closing = false;

  constructor(parts: RoutedChatsParts) {
    this.#parts = parts;
    parts.calls.answer("chat", async (payload) => {
      const { name, request, principal, client, newConversationId } = questionSchema.parse(payload);
      if (this.#closing) throw new AppError("server_closing", "The server is shutting down.");
      // The schema of `name` has just checked the request, which the type system cannot follow through the union.
      const parsed = requestSchemas[name].parse(request) as Requests[typeof name];
      const by: ChatAsker = { principal, client, newConversationId };
      return this.#finish(name, parsed, by, await parts.here(name, parsed, by));
    });
  }

  /** Nothing that other nodes send is done here from now on. */
  close(): void {
    this.#closing = true;
  }

  readonly perform: PerformChatRequest = async (name, request, by) => {
    if (name === "conversation:list") return (await this.#listAll(by)) as Answers[typeof name];
    const temporaryNode = temporaryNodeOf(request);
    if (temporaryNode !== undefined) return this.#onNode(temporaryNode, name, request, by);
    // Everyone can read what is stored.
    if (name === "conversation:open") return this.#parts.here(name, request, by);
    const { key, newConversationId } = await this.#place(name, request, by);
    if (key === undefined) return this.#parts.here(name, request, by);
    return this.#onBestNode(key, name, request, { ...by, newConversationId });
  };

  async #onBestNode<Name extends ChatRequestName>(
    key: string,
    name: Name,
    request: Requests[Name],
    by: ChatAsker,
  ): Promise<Answers[Name]> {
    const gone = new Set<string>();
    for (let tries = 1; ; tries++) {
      const nodeId = await this.#nodeFor(key, gone);
      if (makesReply.has(name)) this.#parts.presence.give(nodeId);
      try {
        return await this.#ask(nodeId, name, request, by);
      } catch (error) {
        if (!mayRepeat(error, name) || nodeId === this.#parts.presence.nodeId || tries === mostTries) throw error;
        gone.add(nodeId);
      }
    }
  }

  /** A temporary chat is in one node's memory: when that node is gone, so is the chat. */
  async #onNode<Name extends ChatRequestName>(
    nodeId: string,
    name: Name,
    request: Requests[Name],
    by: ChatAsker,
  ): Promise<Answers[Name]> {
    try {
      const answer = await this.#ask(nodeId, name, request, by);
      if (by.opened === undefined || nodeId === this.#parts.presence.nodeId) return answer;
      // Only the node that has it knows whose it is ([T6]). Once more, so that nothing is missed that happened before the room was joined.
      await by.opened();
      return await this.#ask(nodeId, name, request, by);
    } catch (error) {
      if (error instanceof NotHeard) return this.#parts.here(name, request, by);
      throw error;
    }
  }

  async #ask<Name extends ChatRequestName>(
    nodeId: string,
    name: Name,
    request: Requests[Name],
    by: ChatAsker,
  ): Promise<Answers[Name]> {
    const { calls, here, presence } = this.#parts;
    if (nodeId === presence.nodeId) return this.#finish(name, request, by, await here(name, request, by));
    const { principal, client, newConversationId } = by;
    const answer = await calls.ask(nodeId, "chat", { name, request, principal, client, newConversationId });
    return answerSchemas[name].parse(answer) as Answers[Name];
  }

  async #nodeFor(key: string, gone: ReadonlySet<string>): Promise<string> {
    const { presence, streams } = this.#parts;
    const alive = presence.nodes.filter(({ id }) => !gone.has(id));
    const busy = await streams.nodesOf(key).catch((error: unknown) => {
      throw redisFailed(error);
    });
    const there = busy.find((nodeId) => alive.some(({ id }) => id === nodeId));
    return there ?? chooseNode(key, alive)?.id ?? presence.nodeId;
  }

  async #place(name: ChatRequestName, request: object, by: ChatAsker): Promise<Place> {
    const { owner } = by.principal;
    const { conversationId, messageId, requestId, temporary } = request as {
      conversationId?: string;
      messageId?: string;
      requestId?: string;
      temporary?: boolean;
    };
    if (conversationId !== undefined) return { key: conversationId };
    if (messageId !== undefined) {
      const { conversations } = await this.#parts.accounts.of(owner);
      return { key: await conversations.conversationIdOf(messageId) };
    }
    if (name === "chat:send" && requestId !== undefined) {
      const newConversationId = conversationIdFor(owner, requestId);
      return temporary === true ? { key: newConversationId } : { key: newConversationId, newConversationId };
    }
    // A draft is counted where the owner's next chat may well be.
    return { key: owner };
  }

  async #listAll(by: ChatAsker): Promise<Answers["conversation:list"]> {
    const { here, streams, presence, calls } = this.#parts;
    const { conversations } = await here("conversation:list", {}, by);
    const nodeIds = await streams.redis.smembers(keys.temporaries(by.principal.owner)).catch(() => []);
    const others = nodeIds.filter((nodeId) => nodeId !== presence.nodeId && presence.isAlive(nodeId));
    const { principal } = by;
    const lists = await Promise.allSettled(
      others.map(async (nodeId) => {
        const answer = await calls.ask(nodeId, "chat", { name: "conversation:list", request: {}, principal });
        return answerSchemas["conversation:list"].parse(answer).conversations.filter(({ temporary }) => temporary);
      }),
    );
    const elsewhere = lists.flatMap((list) => (list.status === "fulfilled" ? list.value : []));
    return { conversations: [...conversations, ...elsewhere] };
  }

  /** What others have to be able to find is in Redis before the answer goes out. */
  async #finish<Name extends ChatRequestName>(
    name: Name,
    request: Requests[Name],
    by: ChatAsker,
    answer: Answers[Name],
  ): Promise<Answers[Name]> {
    const { generations, streams, presence } = this.#parts;
    if ("reply" in answer) {
      const begun = generations.begun(answer.reply.generationId ?? "");
      await Promise.race([begun, wait(begunPatienceMs, undefined, { ref: false })]);
    }
    if (name === "chat:send" && "temporary" in request) {
      const key = keys.temporaries(by.principal.owner);
      const remembered = streams.redis.multi().sadd(key, presence.nodeId).expire(key, temporariesSeconds).exec();
      await remembered.catch(() => {});
    }
    return answer;
  }
}

/** A node that is shutting down refuses before it has done anything. */
function mayRepeat(error: unknown, name: ChatRequestName): boolean {
  const { code } = AppError.from(error);
  if (error instanceof NotHeard || code === "server_closing") return true;
  return code === "node_gone" && repeatable.has(name);
}

/** The same for a request that comes again, so that it goes to the same node and cannot make two conversations. */
function conversationIdFor(owner: string, requestId: string): string {
  return createHash("sha256").update(`${owner}\0${requestId}`).digest("base64url").slice(0, 22);
}

function temporaryNodeOf(request: object): string | undefined {
  const { conversationId, messageId, parentId } = request as Record<string, string | undefined>;
  return nodeOfTemporary(conversationId ?? messageId ?? parentId ?? "");
}
