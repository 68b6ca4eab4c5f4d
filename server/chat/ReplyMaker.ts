import type { Principal } from "../access/Principal.js";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import type { Conversation, Message, Overflow, SettingsValue } from "../protocol/conversation.js";
import type { Sampling } from "../protocol/sampling.js";
import type { ChatStores } from "../storage/ChatStores.js";
import type { Awaitable } from "../storage/ConversationStore.js";
import { chatTurns, type StoredTurn, withoutId } from "./chatTurns.js";
import { fitTurns, readAsBefore } from "./fitTurns.js";
import type { OpenLog } from "./GenerationLog.js";
import type { GenerationInput, GenerationService, PromptContext } from "./GenerationService.js";
import { ReplyJournal } from "./ReplyJournal.js";

/** Who asks for a reply, and through which connection. */
export interface Asker {
  principal: Principal;
  client?: string | undefined;
}

/** How one reply is to be made. */
interface ReplyOptions {
  /** What it answers, from the root on. */
  path: readonly Message[];
  sampling: Sampling | undefined;
  overflow: Overflow | undefined;
  by: Asker;
  /** The reply begins with this and goes on from it. */
  startText?: string | undefined;
  /** `startText` is stored already. */
  startStored?: boolean;
  /** The log that another node has begun, with `startText` in it. */
  takenOver?: OpenLog;
}

export interface ReplyMakerParts {
  stores: ChatStores;
  generations: GenerationService;
  logger: Logger;
  /** A reply that was told of is different now, or has ended. */
  changed(messageId: string, conversationId: string): Promise<void>;
}

/** Turns the place of a reply in a stored chat into a generation that fills it. */
export class ReplyMaker {
  readonly #parts: ReplyMakerParts;

  constructor(parts: ReplyMakerParts) {
    this.#parts = parts;
  }

  /**
   * Makes sure that the reply can be made, has `store` store its place, and begins at once. False, with nothing begun, when `store`
   * gives false. Throws what keeps the reply from being made, with nothing stored.
   */
  async make(
    conversation: Conversation,
    reply: Message,
    options: ReplyOptions,
    store: () => Awaitable<boolean>,
  ): Promise<boolean> {
    const { stores, generations, logger, changed } = this.#parts;
    const settings = await this.settings(conversation.settings, reply.modelId ?? "");
    const turns = await this.turns(options.path, settings.systemPrompt);
    const { startText = "", path } = options;
    if (startText !== "") turns.push({ role: "assistant", content: startText, messageId: undefined });
    const asBefore = options.startStored === true && reply.readFromMessageId !== undefined;
    const sent = asBefore ? readAsBefore(turns, reply) : turns;
    const overflow = options.overflow === "refuse" ? undefined : options.overflow;
    const { takenOver } = options;
    const sampling = { ...settings.sampling, ...options.sampling };
    const journal = new ReplyJournal(
      reply,
      options.startStored === true ? startText : "",
      { stores, logger, finished: ({ id, conversationId }) => changed(id, conversationId) },
      takenOver !== undefined,
    );
    const generation = generations.reserve({
      ...(reply.generationId === undefined ? {} : { id: reply.generationId }),
      modelId: reply.modelId ?? "",
      input:
        overflow === undefined
          ? { turns: sent.map(withoutId) }
          : (context) => this.#fit(reply, path, sent, overflow, context),
      sampling,
      startText,
      reply: { conversationId: conversation.id, messageId: reply.id, sampling, overflow },
      ...(takenOver === undefined ? {} : { takenOver }),
      options: { conversationId: conversation.id, temporary: conversation.temporary },
      by: options.by.principal,
      client: options.by.client,
      journal: (event) => journal.take(event),
    });
    let stored = false;
    try {
      stored = await store();
    } catch (error) {
      const known = AppError.from(error);
      // The connection to the database may have been lost after all was stored.
      if (known.code === "storage_failed") void journal.abandon(known.toInfo());
      throw error;
    } finally {
      if (stored) generation.begin();
      else generation.cancel();
    }
    return stored;
  }

  /** What the model reads: the path from the root on, with the texts of its files. */
  async turns(path: readonly Message[], systemPrompt: string | undefined): Promise<StoredTurn[]> {
    const files = new Map<string, { name: string; text: string }>();
    for (const { id } of path.flatMap(({ attachments }) => attachments ?? [])) {
      const file = await this.#parts.stores.of(id).attachmentText(id);
      if (file !== undefined) files.set(id, file);
    }
    return chatTurns(path, systemPrompt, (id) => files.get(id));
  }

  /** The chat's own parameters before the model's before everyone's. */
  async settings(own: SettingsValue, modelId: string): Promise<SettingsValue> {
    const { everyone, models } = await this.#parts.stores.settings.all();
    const model = models[modelId] ?? {};
    const systemPrompt = own.systemPrompt ?? model.systemPrompt ?? everyone.systemPrompt;
    return {
      ...(systemPrompt === undefined ? {} : { systemPrompt }),
      sampling: { ...everyone.sampling, ...model.sampling, ...own.sampling },
    };
  }

  async #fit(
    reply: Message,
    path: readonly Message[],
    turns: StoredTurn[],
    overflow: Exclude<Overflow, "refuse">,
    context: PromptContext,
  ): Promise<GenerationInput> {
    const earlier = path.findLast(({ summary }) => summary !== undefined);
    const { turns: fitted, readFromMessageId, summary } = await fitTurns(turns, overflow, earlier, context);
    if (readFromMessageId !== undefined) {
      await this.#parts.stores.of(reply.id).setReadFrom(reply.id, readFromMessageId, summary);
      await this.#parts.changed(reply.id, reply.conversationId);
    }
    return { turns: fitted.map(withoutId) };
  }
}
