import type { Principal } from "../access/Principal.js";
import type { ModelRegistry } from "../models/ModelRegistry.js";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import type { Conversation, Message, Overflow, PromptCount, SettingsValue } from "../protocol/conversation.js";
import type { Requests } from "../protocol/events.js";
import type { GenerationEvent } from "../protocol/generation.js";
import type { Sampling } from "../protocol/sampling.js";
import type { ChatStores } from "../storage/ChatStores.js";
import type { ReplyEnd } from "../storage/ConversationStore.js";
import type { ChatFeed } from "./ChatFeed.js";
import { conversationBusy, conversationNotFound, messageNotFound } from "./chatErrors.js";
import { chatTurns, type StoredTurn, withoutId } from "./chatTurns.js";
import { countTurns, draftId } from "./countTurns.js";
import { fitTurns, readAsBefore } from "./fitTurns.js";
import type { GenerationInput, GenerationService, PromptContext } from "./GenerationService.js";

const titleLength = 60;
/** After the end of a reply could not be stored, it is tried again this much later. */
const finishAgainMs = 5_000;

/** Who asks for a reply, and through which connection. */
export interface Asker {
  principal: Principal;
  client?: string | undefined;
}

/** How one reply is to be made, besides what it answers. */
interface ReplyOptions {
  sampling: Sampling | undefined;
  overflow: Overflow | undefined;
  by: Asker;
  /** The reply begins with this and goes on from it. */
  startText?: string | undefined;
  /** `startText` is stored already. */
  startStored?: boolean;
}

/** Makes replies in stored chats: the user's message and the place of the reply are stored before anything is generated. */
export class ChatService {
  readonly #stores: ChatStores;
  readonly #generations: GenerationService;
  readonly #registry: ModelRegistry;
  readonly #feed: ChatFeed;
  readonly #logger: Logger;

  constructor(
    stores: ChatStores,
    generations: GenerationService,
    registry: ModelRegistry,
    feed: ChatFeed,
    logger: Logger,
  ) {
    this.#stores = stores;
    this.#generations = generations;
    this.#registry = registry;
    this.#feed = feed;
    this.#logger = logger;
  }

  /** Throws `model_not_found`, `conversation_not_found`, `message_not_found` or `conversation_busy`. */
  send(
    request: Requests["chat:send"],
    by: Asker,
  ): { conversation: Conversation; userMessage: Message; reply: Message } {
    const served = this.#stores.messageByRequest(request.requestId);
    if (served !== undefined) return this.#servedSend(served);
    const modelId = this.#registry.get(request.modelId).id;
    const nowMs = Date.now();
    const existing = request.conversationId === undefined ? undefined : this.#conversation(request.conversationId);
    if (request.parentId !== undefined) this.#requireParent(request.parentId, existing);
    const temporary = existing?.temporary ?? request.temporary ?? false;
    const conversationId = existing?.id ?? this.#stores.newId(temporary);
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
    const attachmentIds = this.#takeAttachments(request.attachmentIds ?? [], temporary);
    store.addMessages(conversation, [userMessage, reply], request.requestId, attachmentIds);
    const stored = store.message(userMessage.id) ?? userMessage;
    const told = this.#tell(conversationId, [stored, reply]);
    this.#generate(conversation, reply, { sampling: request.sampling, overflow: request.overflow, by });
    return { conversation: told, userMessage: stored, reply };
  }

  /** Another reply beside `messageId`, to the same user message. Throws as {@link send}. */
  regenerate(request: Requests["chat:regenerate"], by: Asker): { conversation: Conversation; reply: Message } {
    const served = this.#stores.messageByRequest(request.requestId);
    if (served !== undefined) return { conversation: this.#conversation(served.conversationId), reply: served };
    const old = this.#finishedReply(request.messageId);
    const modelId = this.#registry.get(request.modelId ?? old.modelId ?? "").id;
    const nowMs = Date.now();
    const reply = this.#newReply(old.conversationId, old.parentId, modelId, nowMs);
    const conversation: Conversation = {
      ...this.#conversation(old.conversationId),
      modelId,
      updatedAtMs: nowMs,
      headMessageId: reply.id,
    };
    this.#stores.of(conversation.id).addMessages(conversation, [reply], request.requestId);
    const told = this.#tell(conversation.id, [reply]);
    const { sampling, overflow, startText } = request;
    this.#generate(conversation, reply, { sampling, overflow, by, startText });
    return { conversation: told, reply };
  }

  /** Goes on with a reply that ended, in the same message. Throws as {@link send}. */
  continue(request: Requests["chat:continue"], by: Asker): { conversation: Conversation; reply: Message } {
    const served = this.#stores.messageByRequest(request.requestId);
    if (served !== undefined) return { conversation: this.#conversation(served.conversationId), reply: served };
    const old = this.#finishedReply(request.messageId);
    this.#registry.get(old.modelId ?? "");
    const conversation: Conversation = {
      ...this.#conversation(old.conversationId),
      updatedAtMs: Date.now(),
      headMessageId: old.id,
    };
    const store = this.#stores.of(conversation.id);
    const generationId = this.#stores.newId(conversation.temporary);
    store.reopenReply(conversation, old, generationId, request.requestId);
    const reply = store.message(old.id) ?? old;
    const told = this.#tell(conversation.id, [reply]);
    this.#generate(conversation, reply, {
      sampling: request.sampling,
      overflow: undefined,
      by,
      startText: old.text,
      startStored: true,
    });
    return { conversation: told, reply };
  }

  /** Tokens that the conversation up to `parentId` and the draft take together, and what of it would be sent. */
  async count(request: Requests["chat:count"]): Promise<PromptCount> {
    const conversation = request.conversationId === undefined ? undefined : this.#conversation(request.conversationId);
    const path = request.parentId === undefined ? [] : this.#pathTo(request.parentId);
    const draft: Message = {
      id: draftId,
      conversationId: "",
      role: "user",
      text: request.draft,
      status: "complete",
      createdAtMs: 0,
      attachments: (request.attachmentIds ?? []).map((id) => ({ id, name: "", sizeBytes: 0 })),
    };
    const { systemPrompt } = this.#settings(conversation?.settings ?? request.settings ?? {}, request.modelId);
    const turns = chatTurns([...path, draft], systemPrompt, (id) => this.#stores.of(id).attachmentText(id));
    const earlier = path.findLast(({ summary }) => summary !== undefined);
    const counter = await this.#generations.counter(request.modelId);
    return countTurns(turns, request.overflow ?? "refuse", earlier, counter);
  }

  #generate(conversation: Conversation, reply: Message, options: ReplyOptions): void {
    const store = this.#stores.of(conversation.id);
    const settings = this.#settings(conversation.settings, reply.modelId ?? "");
    const turns = chatTurns(this.#pathTo(reply.parentId ?? ""), settings.systemPrompt, (id) =>
      store.attachmentText(id),
    );
    const { startText } = options;
    if (startText !== undefined && startText !== "")
      turns.push({ role: "assistant", content: startText, messageId: undefined });
    let skipText = options.startStored === true;
    const asBefore = options.startStored && reply.readFromMessageId !== undefined;
    const sent = asBefore ? readAsBefore(turns, reply) : turns;
    const overflow = options.overflow === "refuse" ? undefined : options.overflow;
    this.#generations.start({
      ...(reply.generationId === undefined ? {} : { id: reply.generationId }),
      modelId: reply.modelId ?? "",
      input:
        overflow === undefined
          ? { turns: sent.map(withoutId) }
          : (context) => this.#fit(reply, sent, overflow, context),
      sampling: { ...settings.sampling, ...options.sampling },
      startText,
      options: { conversationId: conversation.id, temporary: conversation.temporary },
      by: options.by.principal,
      client: options.by.client,
      journal: (event) => {
        if (skipText && event.type === "text") skipText = false;
        else this.#journal(reply.id, event);
      },
    });
  }

  /** The chat's own parameters before the model's before everyone's. */
  #settings(own: SettingsValue, modelId: string): SettingsValue {
    const { everyone, models } = this.#stores.settings.all();
    const model = models[modelId] ?? {};
    const systemPrompt = own.systemPrompt ?? model.systemPrompt ?? everyone.systemPrompt;
    return {
      ...(systemPrompt === undefined ? {} : { systemPrompt }),
      sampling: { ...everyone.sampling, ...model.sampling, ...own.sampling },
    };
  }

  async #fit(
    reply: Message,
    turns: StoredTurn[],
    overflow: Exclude<Overflow, "refuse">,
    context: PromptContext,
  ): Promise<GenerationInput> {
    const earlier = this.#pathTo(reply.parentId ?? "").findLast(({ summary }) => summary !== undefined);
    const { turns: fitted, readFromMessageId, summary } = await fitTurns(turns, overflow, earlier, context);
    if (readFromMessageId !== undefined) {
      const store = this.#stores.of(reply.id);
      store.setReadFrom(reply.id, readFromMessageId, summary);
      const message = store.message(reply.id);
      if (message !== undefined) this.#tell(message.conversationId, [message]);
    }
    return { turns: fitted.map(withoutId) };
  }

  /** Stores an event of a reply before any reader sees it. */
  #journal(messageId: string, event: GenerationEvent): void {
    if (event.type === "text")
      try {
        this.#stores.of(messageId).appendPiece(messageId, event.seq, event.text);
      } catch (error) {
        if (error instanceof AppError) throw error;
        // The reply was deleted under way: the readers still get what is made.
        this.#logger.warn({ messageId, error: String(error) }, "a piece of a reply was not stored");
      }
    else if (event.type === "end")
      this.#finish(messageId, {
        stopReason: event.stopReason,
        ...(event.stats === undefined ? {} : { stats: event.stats }),
        ...(event.error === undefined ? {} : { error: event.error }),
      });
  }

  /** Stores how a reply ended; as long as the disk takes nothing, again and again, so that it does not stay open for ever. */
  #finish(messageId: string, end: ReplyEnd): void {
    try {
      const message = this.#stores.of(messageId).finishReply(messageId, end);
      if (message !== undefined) this.#tell(message.conversationId, [message]);
    } catch (error) {
      this.#logger.warn({ messageId, error: String(error) }, "the end of a reply was not stored");
      if (error instanceof AppError && !this.#stores.closed)
        setTimeout(() => this.#finish(messageId, end), finishAgainMs).unref();
    }
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
   * Files are posted before it is known what they belong to; those of a temporary chat move into its memory. A file that a message
   * has already is copied: the new message is another version of that one.
   */
  #takeAttachments(ids: readonly string[], temporary: boolean): string[] {
    const { stored, temporary: memory } = this.#stores;
    const store = temporary ? memory : stored;
    return ids.flatMap((id) => {
      if (!temporary && !stored.isAttached(id)) return [id];
      const file = store.attachmentText(id) ?? stored.attachmentText(id);
      if (file === undefined) return [];
      const copy = { id: this.#stores.newId(temporary), sizeBytes: Buffer.byteLength(file.text), ...file };
      store.addAttachment(copy, Date.now());
      // Only one that belongs to no message goes.
      if (temporary) stored.forgetAttachment(id);
      return [copy.id];
    });
  }

  /** From the root to the message. Throws `message_not_found`. */
  #pathTo(messageId: string): Message[] {
    const path: Message[] = [];
    for (let id: string | undefined = messageId; id !== undefined; ) {
      const message = this.#stores.message(id);
      if (message === undefined) throw messageNotFound();
      path.unshift(message);
      id = message.parentId;
    }
    return path;
  }

  #servedSend(userMessage: Message): { conversation: Conversation; userMessage: Message; reply: Message } {
    const conversation = this.#conversation(userMessage.conversationId);
    const reply = this.#stores
      .of(conversation.id)
      .messages(conversation.id)
      .find((message) => message.parentId === userMessage.id);
    if (reply === undefined) throw messageNotFound();
    return { conversation, userMessage, reply };
  }

  #finishedReply(messageId: string): Message {
    const message = this.#stores.message(messageId);
    if (message === undefined || message.role !== "assistant") throw messageNotFound();
    if (message.status === "generating") throw conversationBusy();
    return message;
  }

  #requireParent(parentId: string, conversation: Conversation | undefined): void {
    const parent = this.#stores.message(parentId);
    if (parent === undefined || parent.conversationId !== conversation?.id) throw messageNotFound();
    if (parent.status === "generating") throw conversationBusy();
  }

  /** Tells everyone how the conversation stands now. */
  #tell(conversationId: string, messages: Message[]): Conversation {
    const conversation = this.#conversation(conversationId);
    this.#feed.changed(conversation, messages);
    return conversation;
  }

  #conversation(id: string): Conversation {
    const conversation = this.#stores.conversation(id);
    if (conversation === undefined) throw conversationNotFound();
    return conversation;
  }
}

/** The first line of what the user wrote, cut at a word. */
function titleOf(text: string): string {
  const line = text.trim().split("\n", 1)[0]?.trim() ?? "";
  if (line.length <= titleLength) return line;
  const cut = line.slice(0, titleLength);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), titleLength / 2)).trimEnd()}…`;
}
