import { LongWork } from "../platform/LongWork.js";
import type { Conversation, Message } from "../protocol/conversation.js";
import type { ImportOutcome, ImportPreview, ImportResult } from "../protocol/importChats.js";
import type { ChatStores } from "../storage/ChatStores.js";
import type { AttachedTo, ConversationStore, Held } from "../storage/ConversationStore.js";
import { conversationNotFound } from "../storage/chatErrors.js";
import { type Allowance, messageBytes, plainBytes } from "./Allowance.js";
import type { ChatFeed } from "./ChatFeed.js";
import type { KeyedQueue } from "./KeyedQueue.js";
import { type KnownChat, KnownChats, messagesOf, storedTitle } from "./KnownChats.js";
import { type ImportMatch, matchImport } from "./matchImport.js";
import { type PreparedImport, type PreparedMessage, prepareImport, timeOf } from "./prepareImport.js";
import { readImport } from "./readImport.js";

export interface ImportServiceParts {
  stores: ChatStores;
  allowance: Allowance;
  feed: ChatFeed;
  /** By the id of the conversation. */
  queue: KeyedQueue;
}

/**
 * Takes conversations from files of Cria, ChatGPT and llama.cpp's page. What is there already is not stored twice; what a file and a
 * stored chat have each of their own is kept, as further versions in one tree ([EX5]).
 */
export class ImportService {
  readonly #stores: ChatStores;
  readonly #allowance: Allowance;
  readonly #feed: ChatFeed;
  readonly #queue: KeyedQueue;

  constructor({ stores, allowance, feed, queue }: ImportServiceParts) {
    this.#stores = stores;
    this.#allowance = allowance;
    this.#feed = feed;
    this.#queue = queue;
  }

  /** Throws `bad_request`. */
  async preview(file: unknown): Promise<ImportPreview[]> {
    const work = new LongWork();
    const imported = await prepareAll(file, work);
    const stored = await KnownChats.of(this.#stores.stored, work);
    const previews: ImportPreview[] = [];
    for (const prepared of imported) {
      await work.pause();
      const known = await stored.find(prepared);
      previews.push({
        title: prepared.imported.title,
        messageCount: prepared.messages.length,
        updatedAtMs: timeOf(prepared.imported.updatedAtMs) ?? Date.now(),
        newMessageCount: (known?.match.missing ?? prepared.messages).length,
        known: known !== undefined,
      });
    }
    return previews;
  }

  /**
   * Stores what is not there yet under new ids, so that others are served in between. A new conversation is there whole or not at all;
   * what one that is there lacks is added from its root on. An import that ended in between is made good by another one.
   * Throws `bad_request` or `allowance_full`, with nothing stored.
   */
  async import(file: unknown): Promise<ImportResult> {
    const work = new LongWork();
    const imported = await prepareAll(file, work);
    // Two imports of one file at the same time would not see each other's chats.
    return await this.#stores.stored.alone(async (store) => {
      const run = { store, work };
      const stored = await KnownChats.of(store, work);
      const found: Found[] = [];
      for (const prepared of imported) {
        await work.pause();
        found.push({ prepared, known: await stored.find(prepared) });
      }
      await this.#allowance.take(false, heldBy(found));
      const result: ImportResult = { conversations: [], outcomes: [] };
      for (const { prepared, known } of found) {
        await work.pause();
        const { conversation, outcome } = await this.#take(prepared, known, run);
        result.conversations.push(conversation);
        result.outcomes.push(outcome);
      }
      return result;
    });
  }

  async #take(
    prepared: PreparedImport,
    known: KnownChat | undefined,
    run: Run,
  ): Promise<{ conversation: Conversation; outcome: ImportOutcome }> {
    if (known?.match.missing.length === 0) return { conversation: known.conversation, outcome: "present" };
    const extended = known && (await this.#extend(prepared, known, run));
    if (extended !== undefined) return { conversation: extended, outcome: "extended" };
    return { conversation: await this.#store(prepared, run), outcome: "added" };
  }

  async #store(prepared: PreparedImport, run: Run): Promise<Conversation> {
    const { imported } = prepared;
    const nowMs = Date.now();
    const conversationId = this.#stores.newId(false);
    const { ids, messages } = await this.#name(conversationId, prepared, prepared.messages, new Map(), run);
    const head = headOf(prepared, ids);
    const conversation: Conversation = {
      id: conversationId,
      title: storedTitle(imported.title),
      createdAtMs: timeOf(imported.createdAtMs) ?? nowMs,
      updatedAtMs: timeOf(imported.updatedAtMs) ?? nowMs,
      ...(head === undefined ? {} : { headMessageId: head }),
      pinned: false,
      settings: {},
      ...imported.more,
      temporary: false,
    };
    await this.#add(conversation, messages, run);
    this.#feed.changed(conversation, []);
    return conversation;
  }

  /** A long one is hidden until it is whole: should the server end in between, nobody ever sees a part of it. */
  async #add(conversation: Conversation, messages: readonly NamedMessage[], run: Run): Promise<void> {
    const stored = run.store;
    const pieces = [...piecesOf(messages)];
    const [only = []] = pieces;
    if (pieces.length <= 1) {
      const attached = await this.#keepFiles(only, run);
      await stored.addMessages(conversation, only.map(messageOf), undefined, attached);
      return;
    }
    await stored.addHidden(conversation, Date.now() + hiddenMs);
    await this.#addPieces(pieces, run);
    if ((await stored.restore(conversation.id)) === undefined) throw conversationNotFound();
  }

  async #addPieces(pieces: Iterable<NamedMessage[]>, run: Run): Promise<void> {
    for (const piece of pieces) {
      await run.work.pause();
      await run.store.addSome(piece.map(messageOf), await this.#keepFiles(piece, run));
    }
  }

  /**
   * Adds the messages that the stored conversation lacks. Its own title, parameters and ratings stay; it shows the file's branch if that
   * goes on from the one that it shows. Undefined, with nothing stored, when it has gone, or makes a reply just where they belong.
   */
  #extend(prepared: PreparedImport, { conversation: { id } }: KnownChat, run: Run): Promise<Conversation | undefined> {
    const stored = run.store;
    return this.#queue.run(id, async () => {
      // It may have changed since it was looked at.
      const old = await stored.get(id);
      if (old === undefined) return undefined;
      const there = await messagesOf(stored, id, run.work);
      const textOf = async (fileId: string) => (await stored.attachmentText(fileId))?.text;
      const match: ImportMatch = await matchImport(prepared.messages, there, textOf, run.work);
      if (!match.sameRoot) return undefined;
      const generating = new Set(there.filter(({ status }) => status === "generating").map((message) => message.id));
      const parents = match.missing.map(({ parentId }) =>
        parentId === undefined ? "" : (match.ids.get(parentId) ?? ""),
      );
      if (parents.some((parentId) => generating.has(parentId))) return undefined;
      if (match.missing.length === 0) return old;
      const { ids, messages } = await this.#name(id, prepared, match.missing, match.ids, run);
      const head = headOf(prepared, ids);
      const tree = new Map([...there, ...messages.map(messageOf)].map((message) => [message.id, message]));
      const moves = head !== undefined && (old.headMessageId === undefined || isBelow(tree, head, old.headMessageId));
      const updatedAtMs = Math.max(old.updatedAtMs, timeOf(prepared.imported.updatedAtMs) ?? 0);
      const changed = { ...old, updatedAtMs, ...(moves ? { headMessageId: head } : {}) };
      await this.#addPieces(piecesOf(messages), run);
      await stored.addMessages(changed, [], undefined);
      const added = new Set(messages.map(({ message }) => message.id));
      const conversation = (await stored.get(id)) ?? changed;
      this.#feed.changed(
        conversation,
        (await messagesOf(stored, id, run.work)).filter((message) => added.has(message.id)),
      );
      return conversation;
    });
  }

  /** Gives messages new ids. `known`: what others of the file are called here. */
  async #name(
    conversationId: string,
    { imported }: PreparedImport,
    added: readonly PreparedMessage[],
    known: ReadonlyMap<string, string>,
    run: Run,
  ): Promise<{ ids: ReadonlyMap<string, string>; messages: NamedMessage[] }> {
    const nowMs = Date.now();
    const begunMs = timeOf(imported.createdAtMs) ?? timeOf(imported.updatedAtMs) ?? nowMs;
    const ids = new Map(known);
    for (const { id } of added) {
      ids.set(id, this.#stores.newId(false));
      await run.work.pause();
    }
    const messages: NamedMessage[] = [];
    for (const { files, ...message } of added) {
      await run.work.pause();
      const id = ids.get(message.id) ?? "";
      const parentId = message.parentId === undefined ? undefined : ids.get(message.parentId);
      const { attachments: _, readFromMessageId, ...more } = message.more ?? {};
      const readFrom = readFromMessageId === undefined ? undefined : ids.get(readFromMessageId);
      const named: Message = {
        ...more,
        id,
        conversationId,
        ...(parentId === undefined ? {} : { parentId }),
        role: message.role,
        text: message.text,
        status: "complete",
        createdAtMs: timeOf(message.createdAtMs) ?? begunMs,
        ...(message.modelId === undefined ? {} : { modelId: message.modelId }),
        ...(readFrom === undefined ? {} : { readFromMessageId: readFrom }),
      };
      messages.push({ message: named, files });
    }
    return { ids, messages };
  }

  /** A file that is kept for no message goes by itself, should this end in between. */
  async #keepFiles(messages: readonly NamedMessage[], run: Run): Promise<AttachedTo[]> {
    const attached: AttachedTo[] = [];
    for (const { message, files } of messages) {
      if (files.length === 0) continue;
      const attachmentIds: string[] = [];
      for (const file of files) {
        const id = this.#stores.newId(false);
        await run.store.addAttachment({ ...file, id, sizeBytes: Buffer.byteLength(file.text) }, Date.now());
        attachmentIds.push(id);
      }
      attached.push({ messageId: message.id, attachmentIds });
    }
    return attached;
  }
}

/** One import, with the store that it is alone in. */
interface Run {
  store: ConversationStore;
  work: LongWork;
}

/** A message under its new id, with the files that are still to be stored. */
interface NamedMessage {
  message: Message;
  files: PreparedMessage["files"];
}

const messageOf = ({ message }: NamedMessage): Message => message;

/** What is hidden is purged ten minutes after this time, when whoever stored it must have died. */
const hiddenMs = 10 * 60 * 1000;

/** So much is stored in a few milliseconds. */
const pieceMessages = 100;
const pieceCharacters = 100_000;

/** In their order. */
function* piecesOf(messages: readonly NamedMessage[]): Generator<NamedMessage[]> {
  let piece: NamedMessage[] = [];
  let characters = 0;
  for (const named of messages) {
    piece.push(named);
    characters += named.message.text.length + named.files.reduce((sum, { text }) => sum + text.length, 0);
    if (piece.length < pieceMessages && characters < pieceCharacters) continue;
    yield piece;
    piece = [];
    characters = 0;
  }
  if (piece.length > 0) yield piece;
}

async function prepareAll(file: unknown, work: LongWork): Promise<PreparedImport[]> {
  const prepared: PreparedImport[] = [];
  for (const imported of readImport(file)) {
    prepared.push(prepareImport(imported));
    await work.pause();
  }
  return prepared;
}

/** A chat of the file, and the stored one that it is. */
interface Found {
  prepared: PreparedImport;
  known: KnownChat | undefined;
}

/** What will be stored. */
function heldBy(found: readonly Found[]): Held {
  const held: Held = { bytes: 0, conversations: 0 };
  for (const { prepared, known } of found) {
    if (known === undefined) held.conversations++;
    for (const message of known?.match.missing ?? prepared.messages) {
      held.bytes += messageBytes(message);
      for (const { text } of message.files) held.bytes += plainBytes(text);
    }
  }
  return held;
}

/** What the message that the file shows last is called here; without one that is known, its last. */
function headOf({ imported, messages }: PreparedImport, ids: ReadonlyMap<string, string>): string | undefined {
  const head = imported.headMessageId === undefined ? undefined : ids.get(imported.headMessageId);
  return head ?? ids.get(messages.at(-1)?.id ?? "");
}

/** Whether the message is the other one, or comes after it in its branch. */
function isBelow(tree: ReadonlyMap<string, Message>, messageId: string, otherId: string): boolean {
  for (let id: string | undefined = messageId; id !== undefined; id = tree.get(id)?.parentId)
    if (id === otherId) return true;
  return false;
}
