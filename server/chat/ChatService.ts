import type { ModelRegistry } from "../models/ModelRegistry.js";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import type { Attachment, Conversation, Message, PromptCount } from "../protocol/conversation.js";
import type { Requests } from "../protocol/events.js";
import type { ChatStores } from "../storage/ChatStores.js";
import type { ReplyEnd } from "../storage/ConversationStore.js";
import { conversationBusy, conversationNotFound, messageNotFound } from "../storage/chatErrors.js";
import { type Allowance, messageBytes, plainBytes } from "./Allowance.js";
import type { ChatFeed } from "./ChatFeed.js";
import { CountQueue } from "./CountQueue.js";
import { countTurns, draftId } from "./countTurns.js";
import type { OpenLog, ReplyFacts } from "./GenerationLog.js";
import type { GenerationService } from "./GenerationService.js";
import type { KeyedQueue } from "./KeyedQueue.js";
import { type Asker, ReplyMaker } from "./ReplyMaker.js";
import { titleOf } from "./titleOf.js";

/** What the user is shown of a message that was sent. */
export interface SentMessage {
  conversation: Conversation;
  userMessage: Message;
  reply: Message;
}

/** A reply that is made once more or goes on. */
export interface MadeReply {
  conversation: Conversation;
  reply: Message;
}

/** A reply that was being made on a node that is gone. */
export interface LeftReply extends Pick<ReplyFacts, "messageId" | "sampling" | "overflow"> {
  generationId: string;
  /** What there is of it. */
  text: string;
  by: Asker;
  openLog: OpenLog;
}

export interface ChatServiceParts {
  stores: ChatStores;
  allowance: Allowance;
  generations: GenerationService;
  registry: ModelRegistry;
  feed: ChatFeed;
  /** By the id of the conversation. */
  queue: KeyedQueue;
  logger: Logger;
}

/**
 * Makes replies in stored chats: the user's message and the place of the reply are stored before anything is generated. What changes
 * one conversation is done one after the other.
 */
export class ChatService {
  readonly #stores: ChatStores;
  readonly #allowance: Allowance;
  readonly #generations: GenerationService;
  readonly #registry: ModelRegistry;
  readonly #feed: ChatFeed;
  readonly #queue: KeyedQueue;
  readonly #maker: ReplyMaker;
  readonly #counts = new CountQueue();

  constructor({ stores, allowance, generations, registry, feed, queue, logger }: ChatServiceParts) {
    this.#stores = stores;
    this.#allowance = allowance;
    this.#generations = generations;
    this.#registry = registry;
    this.#feed = feed;
    this.#queue = queue;
    this.#maker = new ReplyMaker({
      stores,
      generations,
      logger,
      changed: (messageId, conversationId) => this.#tellReply(messageId, conversationId),
    });
  }

  /**
   * Throws `model_not_found`, `conversation_not_found`, `message_not_found`, `conversation_busy` or `allowance_full`, and what {@link
   * GenerationService.start} refuses, with nothing stored. `newConversationId`: if the message begins one.
   */
  send(request: Requests["chat:send"], by: Asker, newConversationId?: string): Promise<SentMessage> {
    const conversationId =
      request.conversationId ?? newConversationId ?? this.#stores.newId(request.temporary ?? false);
    return this.#queue.run(conversationId, async () => {
      const served = await this.#stores.messageByRequest(request.requestId);
      return served === undefined ? this.#send(request, conversationId, by) : this.#servedSend(served);
    });
  }

  /** Another reply beside `messageId`, to the same user message. Throws as {@link send}. */
  regenerate(request: Requests["chat:regenerate"], by: Asker): Promise<MadeReply> {
    return this.#again(request, async (old) => {
      const modelId = this.#registry.get(request.modelId ?? old.modelId ?? "").id;
      await this.#takeReply(old.conversationId);
      const nowMs = Date.now();
      const reply = this.#newReply(old.conversationId, old.parentId, modelId, nowMs);
      const conversation: Conversation = {
        ...(await this.#conversation(old.conversationId)),
        modelId,
        updatedAtMs: nowMs,
        headMessageId: reply.id,
      };
      const { sampling, overflow, startText } = request;
      const path = await this.#pathTo(reply.parentId ?? "");
      const added = await this.#maker.make(conversation, reply, { path, sampling, overflow, by, startText }, () =>
        this.#stores.of(conversation.id).addMessages(conversation, [reply], request.requestId),
      );
      return added ? { conversation: await this.#tellMade(conversation, [reply]), reply } : undefined;
    });
  }

  /** Goes on with a reply that ended, in the same message. Throws as {@link send}. */
  continue(request: Requests["chat:continue"], by: Asker): Promise<MadeReply> {
    return this.#again(request, async (old) => {
      this.#registry.get(old.modelId ?? "");
      await this.#takeReply(old.conversationId);
      const conversation: Conversation = {
        ...(await this.#conversation(old.conversationId)),
        updatedAtMs: Date.now(),
        headMessageId: old.id,
      };
      const store = this.#stores.of(conversation.id);
      const generationId = this.#stores.newId(conversation.temporary);
      const options = {
        path: await this.#pathTo(old.parentId ?? ""),
        sampling: request.sampling,
        overflow: undefined,
        by,
        startText: old.text,
        startStored: true,
      };
      const reopened = await this.#maker.make(conversation, { ...old, generationId }, options, () =>
        store.reopenReply(conversation, old, generationId, request.requestId),
      );
      if (!reopened) return undefined;
      const reply = await this.#asStored({ ...old, generationId, status: "generating" });
      return { conversation: await this.#tellMade(conversation, [reply]), reply };
    });
  }

  /**
   * Goes on with a reply whose node died in the middle of it, in the generation's own log. False when it is not being made any more, as
   * the store has it. Throws as {@link send}.
   */
  async takeOver({ messageId, generationId, text, by, sampling, overflow, openLog }: LeftReply): Promise<boolean> {
    const found = await this.#stores.message(messageId);
    if (found === undefined) return false;
    return this.#queue.run(found.conversationId, async () => {
      const reply = await this.#stores.message(messageId);
      if (reply?.status !== "generating" || reply.generationId !== generationId) return false;
      const path = await this.#pathTo(reply.parentId ?? "");
      const options = { path, sampling, overflow, by, startText: text, startStored: true, takenOver: openLog };
      return this.#maker.make(await this.#conversation(reply.conversationId), reply, options, () => true);
    });
  }

  /** Ends a reply that nobody goes on with. Gives how it ended: so, or before; undefined when it was deleted. */
  async endLeft(
    left: Pick<LeftReply, "messageId" | "generationId" | "text">,
    end: ReplyEnd,
  ): Promise<ReplyEnd | undefined> {
    const { messageId: id, generationId, text } = left;
    const finished = await this.#stores.of(id).finishReply({ id, generationId }, end, text);
    const message = finished ?? (await this.#stores.message(id));
    if (finished !== undefined) await this.#tellReply(id, finished.conversationId);
    return message?.status === "complete" ? message : undefined;
  }

  /**
   * Tokens that the conversation up to `parentId` and the draft take together, and what of it would be sent. Throws `queue_full`,
   * `model_not_found`, `conversation_not_found` or `message_not_found`.
   */
  count(request: Requests["chat:count"]): Promise<PromptCount> {
    return this.#counts.run(request.modelId, () => this.#count(request));
  }

  async #count(request: Requests["chat:count"]): Promise<PromptCount> {
    const conversation =
      request.conversationId === undefined ? undefined : await this.#conversation(request.conversationId);
    const path = request.parentId === undefined ? [] : await this.#pathTo(request.parentId);
    const draft: Message = {
      id: draftId,
      conversationId: "",
      role: "user",
      text: request.draft,
      status: "complete",
      createdAtMs: 0,
      attachments: (request.attachmentIds ?? []).map(unnamed),
    };
    const own = conversation?.settings ?? request.settings ?? {};
    const { systemPrompt } = await this.#maker.settings(own, request.modelId);
    const turns = await this.#maker.turns([...path, draft], systemPrompt);
    const earlier = path.findLast(({ summary }) => summary !== undefined);
    return this.#generations.count(request.modelId, (counter) =>
      countTurns(turns, request.overflow ?? "refuse", earlier, counter),
    );
  }

  async #send(request: Requests["chat:send"], conversationId: string, by: Asker): Promise<SentMessage> {
    const modelId = this.#registry.get(request.modelId).id;
    const nowMs = Date.now();
    const existing = request.conversationId === undefined ? undefined : await this.#conversation(conversationId);
    if (request.parentId !== undefined) await this.#requireParent(request.parentId, existing);
    const temporary = existing?.temporary ?? request.temporary ?? false;
    const bytes = messageBytes(request) + expectedReplyBytes;
    await this.#allowance.take(temporary, { bytes, conversations: existing === undefined ? 1 : 0 });
    const userMessage: Message = {
      id: this.#stores.newId(temporary),
      conversationId,
      ...(request.parentId === undefined ? {} : { parentId: request.parentId }),
      role: "user",
      text: request.text,
      status: "complete",
      createdAtMs: nowMs,
    };
    const reply = this.#newReply(conversationId, userMessage.id, modelId, nowMs);
    const conversation: Conversation = {
      id: conversationId,
      title: existing?.title ?? titleOf(request.text),
      modelId,
      createdAtMs: existing?.createdAtMs ?? nowMs,
      updatedAtMs: nowMs,
      headMessageId: reply.id,
      pinned: existing?.pinned ?? false,
      temporary,
      settings: existing?.settings ?? request.settings ?? {},
    };
    const store = this.#stores.of(conversationId);
    const attachmentIds = await this.#takeAttachments(request.attachmentIds ?? [], temporary);
    const { sampling, overflow } = request;
    const path = [
      ...(request.parentId === undefined ? [] : await this.#pathTo(request.parentId)),
      { ...userMessage, attachments: attachmentIds.map(unnamed) },
    ];
    const added = await this.#maker.make(conversation, reply, { path, sampling, overflow, by }, () =>
      store.addMessages(conversation, [userMessage, reply], request.requestId, [
        { messageId: userMessage.id, attachmentIds },
      ]),
    );
    if (!added) return this.#servedSend(await this.#stores.messageByRequest(request.requestId));
    const stored = await this.#asStored(userMessage);
    const told = await this.#tellMade(conversation, [stored, reply]);
    // They were copied into memory; only those that belong to no message go.
    if (temporary) for (const id of request.attachmentIds ?? []) await this.#stores.stored.forgetAttachment(id);
    return { conversation: told, userMessage: stored, reply };
  }

  /** Another making of a reply that ended. `make` gives undefined when the request turns out to have been served. */
  async #again(
    request: { requestId: string; messageId: string },
    make: (old: Message) => Promise<MadeReply | undefined>,
  ): Promise<MadeReply> {
    const served = async () => {
      const reply = await this.#stores.messageByRequest(request.requestId);
      return reply && { conversation: await this.#conversation(reply.conversationId), reply };
    };
    const { messageId } = request;
    const place = (await this.#stores.messageByRequest(request.requestId)) ?? (await this.#stores.message(messageId));
    if (place === undefined) throw messageNotFound();
    return this.#queue.run(place.conversationId, async () => {
      const made = (await served()) ?? (await make(await this.#finishedReply(messageId))) ?? (await served());
      if (made === undefined) throw messageNotFound();
      return made;
    });
  }

  /** Throws `allowance_full`. */
  async #takeReply(conversationId: string): Promise<void> {
    const temporary = this.#stores.of(conversationId) === this.#stores.temporary;
    await this.#allowance.take(temporary, { bytes: expectedReplyBytes });
  }

  #newReply(conversationId: string, parentId: string | undefined, modelId: string, nowMs: number): Message {
    const temporary = this.#stores.of(conversationId) === this.#stores.temporary;
    return {
      id: this.#stores.newId(temporary),
      conversationId,
      ...(parentId === undefined ? {} : { parentId }),
      role: "assistant",
      text: "",
      status: "generating",
      modelId,
      generationId: this.#stores.newId(temporary),
      createdAtMs: nowMs,
    };
  }

  /**
   * Files are posted before it is known what they belong to; those of a temporary chat are copied into its memory. A file that a message
   * has already is copied: the new message is another version of that one.
   */
  async #takeAttachments(ids: readonly string[], temporary: boolean): Promise<string[]> {
    const { stored, temporary: memory } = this.#stores;
    const store = temporary ? memory : stored;
    const taken: string[] = [];
    for (const id of ids) {
      const file = (await store.attachmentText(id)) ?? (await stored.attachmentText(id));
      // A message must not go without what it speaks of.
      if (file === undefined)
        throw new AppError("not_found", "A file of this message is not on the server any more.", {
          hint: "Take it out and attach it again.",
        });
      if (!temporary && !(await stored.isAttached(id))) {
        taken.push(id);
        continue;
      }
      await this.#allowance.take(temporary, { bytes: plainBytes(file.text) });
      const copy = { id: this.#stores.newId(temporary), sizeBytes: Buffer.byteLength(file.text), ...file };
      await store.addAttachment(copy, Date.now());
      taken.push(copy.id);
    }
    return taken;
  }

  /** From the root to the message. Throws `message_not_found`. */
  async #pathTo(messageId: string): Promise<Message[]> {
    const path = await this.#stores.of(messageId).path(messageId);
    if (path === undefined) throw messageNotFound();
    return path;
  }

  async #servedSend(userMessage: Message | undefined): Promise<SentMessage> {
    if (userMessage === undefined) throw messageNotFound();
    const conversation = await this.#conversation(userMessage.conversationId);
    const messages = await this.#stores.of(conversation.id).messages(conversation.id);
    const reply = messages.find((message) => message.parentId === userMessage.id);
    if (reply === undefined) throw messageNotFound();
    return { conversation, userMessage, reply };
  }

  async #finishedReply(messageId: string): Promise<Message> {
    const message = await this.#stores.message(messageId);
    if (message === undefined || message.role !== "assistant") throw messageNotFound();
    if (message.status === "generating") throw conversationBusy();
    return message;
  }

  async #requireParent(parentId: string, conversation: Conversation | undefined): Promise<void> {
    const parent = await this.#stores.message(parentId);
    if (parent === undefined || parent.conversationId !== conversation?.id) throw messageNotFound();
    if (parent.status === "generating") throw conversationBusy();
  }

  /** Tells everyone how the conversation stands now. */
  async #tell(conversationId: string, messages: Message[]): Promise<Conversation> {
    const conversation = await this.#conversation(conversationId);
    this.#feed.changed(conversation, messages);
    return conversation;
  }

  /**
   * As {@link #tell}, of what was stored just now. Whatever the store says by now, the request was carried out: one that seemed to
   * have failed would be sent again, and everything be there twice.
   */
  async #tellMade(conversation: Conversation, messages: Message[]): Promise<Conversation> {
    try {
      return await this.#tell(conversation.id, messages);
    } catch {
      this.#feed.changed(conversation, messages);
      return conversation;
    }
  }

  /** The message with all that the store knows of it; as it is when the store cannot be read. */
  async #asStored(message: Message): Promise<Message> {
    try {
      return (await this.#stores.message(message.id)) ?? message;
    } catch {
      return message;
    }
  }

  /** Tells everyone how a reply stands now that is being made or has ended, in its turn; nothing when it was deleted. */
  #tellReply(messageId: string, conversationId: string): Promise<void> {
    return this.#queue.run(conversationId, async () => {
      const message = await this.#stores.message(messageId);
      if (message !== undefined) await this.#tell(conversationId, [message]);
    });
  }

  async #conversation(id: string): Promise<Conversation> {
    const conversation = await this.#stores.conversation(id);
    if (conversation === undefined) throw conversationNotFound();
    return conversation;
  }
}

/** Nobody knows how long a reply will be: a usual one. */
const expectedReplyBytes = 4096;

/** All that is known of a file that is about to be attached. */
function unnamed(id: string): Attachment {
  return { id, name: "", sizeBytes: 0 };
}
