import type { ModelRegistry } from "../models/ModelRegistry.js";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import { randomId } from "../platform/randomId.js";
import type { Conversation, Message } from "../protocol/conversation.js";
import type { ChatTurn, Requests } from "../protocol/events.js";
import type { GenerationEvent } from "../protocol/generation.js";
import type { ConversationStore } from "../storage/ConversationStore.js";
import type { GenerationService } from "./GenerationService.js";

/** What others hear of conversations; the socket floor passes it on. */
export interface ChatListener {
  changed(conversation: Conversation, messages: Message[]): void;
  deleted(conversationId: string): void;
}

const titleLength = 60;

/** Stored chats: sending stores the user's message and the place of the reply before anything is generated. */
export class ChatService {
  readonly #store: ConversationStore;
  readonly #generations: GenerationService;
  readonly #registry: ModelRegistry;
  readonly #logger: Logger;
  readonly #listeners = new Set<ChatListener>();

  constructor(store: ConversationStore, generations: GenerationService, registry: ModelRegistry, logger: Logger) {
    this.#store = store;
    this.#generations = generations;
    this.#registry = registry;
    this.#logger = logger;
  }

  listen(listener: ChatListener): void {
    this.#listeners.add(listener);
  }

  list(): Conversation[] {
    return this.#store.list();
  }

  /** Throws `conversation_not_found`. */
  open(conversationId: string): { conversation: Conversation; messages: Message[] } {
    return { conversation: this.#conversation(conversationId), messages: this.#store.messages(conversationId) };
  }

  /** Stops what is being made in it, then deletes it. Throws `conversation_not_found`. */
  delete(conversationId: string): void {
    const { messages } = this.open(conversationId);
    for (const message of messages) this.#stopReply(message);
    this.#store.delete(conversationId);
    for (const listener of this.#listeners) listener.deleted(conversationId);
  }

  /** Throws `model_not_found`, `conversation_not_found`, `message_not_found` or `conversation_busy`. */
  send(
    request: Requests["chat:send"],
    client?: string,
  ): { conversation: Conversation; userMessage: Message; reply: Message } {
    const served = this.#store.messageByRequest(request.requestId);
    if (served !== undefined) return this.#servedSend(served);
    this.#registry.get(request.modelId);
    const nowMs = Date.now();
    const existing = request.conversationId === undefined ? undefined : this.#conversation(request.conversationId);
    if (request.parentId !== undefined) this.#requireParent(request.parentId, existing);
    const conversationId = existing?.id ?? randomId();
    const userMessage: Message = {
      id: randomId(),
      conversationId,
      ...(request.parentId === undefined ? {} : { parentId: request.parentId }),
      role: "user",
      text: request.text,
      status: "complete",
      createdAtMs: nowMs,
    };
    const reply = newReply(conversationId, userMessage.id, request.modelId, nowMs);
    const conversation: Conversation = {
      id: conversationId,
      title: existing?.title ?? titleOf(request.text),
      modelId: request.modelId,
      createdAtMs: existing?.createdAtMs ?? nowMs,
      updatedAtMs: nowMs,
      headMessageId: reply.id,
    };
    this.#store.addMessages(conversation, [userMessage, reply], request.requestId);
    this.#changed(conversation, [userMessage, reply]);
    this.#generate(reply, request.sampling, client);
    return { conversation, userMessage, reply };
  }

  /** Another reply beside `messageId`, to the same user message. Throws as {@link send}. */
  regenerate(request: Requests["chat:regenerate"], client?: string): { conversation: Conversation; reply: Message } {
    const served = this.#store.messageByRequest(request.requestId);
    if (served !== undefined) return { conversation: this.#conversation(served.conversationId), reply: served };
    const old = this.#store.message(request.messageId);
    if (old === undefined || old.role !== "assistant" || old.parentId === undefined) throw messageNotFound();
    if (old.status === "generating") throw busy();
    const modelId = this.#registry.get(request.modelId ?? old.modelId ?? "").id;
    const nowMs = Date.now();
    const reply = newReply(old.conversationId, old.parentId, modelId, nowMs);
    const conversation = {
      ...this.#conversation(old.conversationId),
      modelId,
      updatedAtMs: nowMs,
      headMessageId: reply.id,
    };
    this.#store.addMessages(conversation, [reply], request.requestId);
    this.#changed(conversation, [reply]);
    this.#generate(reply, request.sampling, client);
    return { conversation, reply };
  }

  /** Tokens that the conversation up to `parentId` and the draft take together. */
  count(request: Requests["chat:count"]): Promise<{ promptTokens: number; contextTokens: number }> {
    const turns = request.parentId === undefined ? [] : this.#turnsTo(request.parentId);
    if (request.draft !== "" || turns.length === 0) turns.push({ role: "user", content: request.draft });
    return this.#generations.countTokens(request.modelId, { turns });
  }

  #generate(reply: Message, sampling: Requests["chat:send"]["sampling"], client: string | undefined): void {
    this.#generations.start({
      ...(reply.generationId === undefined ? {} : { id: reply.generationId }),
      modelId: reply.modelId ?? "",
      input: { turns: this.#turnsTo(reply.parentId ?? "") },
      sampling,
      client,
      journal: (event) => this.#journal(reply.id, event),
    });
  }

  /** Stores an event of a reply before any reader sees it. */
  #journal(messageId: string, event: GenerationEvent): void {
    try {
      if (event.type === "text") this.#store.appendPiece(messageId, event.seq, event.text);
      else if (event.type === "end") {
        const message = this.#store.finishReply(messageId, {
          stopReason: event.stopReason,
          ...(event.stats === undefined ? {} : { stats: event.stats }),
          ...(event.error === undefined ? {} : { error: event.error }),
        });
        if (message !== undefined) this.#changed(this.#conversation(message.conversationId), [message]);
      }
    } catch (error) {
      // The reply was deleted under way, or the disk is full: the readers still get what is made.
      this.#logger.warn({ messageId, error: String(error) }, "a piece of a reply was not stored");
    }
  }

  /** The turns from the root to the message, as the model will read them. Failed and empty replies are left out. */
  #turnsTo(messageId: string): ChatTurn[] {
    const turns: ChatTurn[] = [];
    for (let id: string | undefined = messageId; id !== undefined; ) {
      const message = this.#store.message(id);
      if (message === undefined) throw messageNotFound();
      if (message.text !== "") turns.unshift({ role: message.role, content: message.text });
      id = message.parentId;
    }
    return turns;
  }

  #servedSend(userMessage: Message): { conversation: Conversation; userMessage: Message; reply: Message } {
    const { conversation, messages } = this.open(userMessage.conversationId);
    const reply = messages.find((message) => message.parentId === userMessage.id);
    if (reply === undefined) throw messageNotFound();
    return { conversation, userMessage, reply };
  }

  #requireParent(parentId: string, conversation: Conversation | undefined): void {
    const parent = this.#store.message(parentId);
    if (parent === undefined || parent.conversationId !== conversation?.id) throw messageNotFound();
    if (parent.status === "generating") throw busy();
  }

  #stopReply(message: Message): void {
    if (message.status !== "generating" || message.generationId === undefined) return;
    try {
      this.#generations.get(message.generationId).stop();
    } catch (error) {
      if (AppError.from(error).code !== "generation_not_found") throw error;
    }
  }

  #conversation(id: string): Conversation {
    const conversation = this.#store.get(id);
    if (conversation === undefined)
      throw new AppError("conversation_not_found", "There is no such conversation.", {
        hint: "It may have been deleted in another window.",
      });
    return conversation;
  }

  #changed(conversation: Conversation, messages: Message[]): void {
    for (const listener of this.#listeners) listener.changed(conversation, messages);
  }
}

function newReply(conversationId: string, parentId: string, modelId: string, nowMs: number): Message {
  return {
    id: randomId(),
    conversationId,
    parentId,
    role: "assistant",
    text: "",
    status: "generating",
    modelId,
    generationId: randomId(),
    createdAtMs: nowMs,
  };
}

/** The first line of what the user wrote, cut at a word. */
function titleOf(text: string): string {
  const line = text.trim().split("\n", 1)[0]?.trim() ?? "";
  if (line.length <= titleLength) return line;
  const cut = line.slice(0, titleLength);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), titleLength / 2)).trimEnd()}…`;
}

function messageNotFound(): AppError {
  return new AppError("message_not_found", "There is no such message in this conversation.", {
    hint: "It may have been deleted in another window: open the conversation again.",
  });
}

function busy(): AppError {
  return new AppError("conversation_busy", "A reply is still being made here.", {
    hint: "Stop it, or wait until it has ended.",
  });
}
