import { LongWork } from "../platform/LongWork.js";
import type { Conversation, Message } from "../protocol/conversation.js";
import type { ConversationStore } from "../storage/ConversationStore.js";
import { type ImportMatch, matchImport } from "./matchImport.js";
import { type PreparedImport, timeOf } from "./prepareImport.js";

/** A stored conversation that is the one of a file. */
export interface KnownChat {
  conversation: Conversation;
  match: ImportMatch;
}

/** A file that names one long chat thousands of times must not have it read so often ([T22]). */
const maxReadings = 3;

/** The chats that are stored when an import begins, to find those of the file among them. */
export class KnownChats {
  readonly #store: ConversationStore;
  readonly #work: LongWork;
  readonly #byId: ReadonlyMap<string, Conversation>;
  readonly #byCreation: Groups<number>;
  readonly #byTitle: Groups<string>;
  readonly #byBoth: Groups<string>;
  readonly #readings = new Map<string, number>();

  private constructor(store: ConversationStore, stored: readonly Conversation[], work: LongWork) {
    this.#store = store;
    this.#work = work;
    this.#byId = new Map(stored.map((conversation) => [conversation.id, conversation]));
    this.#byCreation = groupBy(stored, ({ createdAtMs }) => createdAtMs);
    this.#byTitle = groupBy(stored, ({ title }) => title);
    this.#byBoth = groupBy(stored, bothOf);
  }

  static async of(store: ConversationStore, work = new LongWork()): Promise<KnownChats> {
    return new KnownChats(store, await store.list(), work);
  }

  /**
   * The stored conversation that the file's is a copy of, or the other way round, although both may have gone on since. The id tells
   * where the file is an export of these chats. Otherwise the moment at which it was begun and the first message do; and the title, too,
   * where the file lacks one of the times. Of several the one that fits best.
   */
  async find(prepared: PreparedImport): Promise<KnownChat | undefined> {
    let best: KnownChat | undefined;
    for (const conversation of this.#candidates(prepared)) {
      const readings = this.#readings.get(conversation.id) ?? 0;
      if (readings >= maxReadings) continue;
      this.#readings.set(conversation.id, readings + 1);
      if (readings + 1 === maxReadings) this.#passOver(conversation);
      const match = await this.#match(prepared, conversation.id);
      if (match.sameRoot && (best === undefined || isBetter(match, best.match))) best = { conversation, match };
      if (match.missing.length === 0 && match.extraCount === 0) break;
    }
    return best;
  }

  async #match({ messages }: PreparedImport, conversationId: string): Promise<ImportMatch> {
    const stored = await messagesOf(this.#store, conversationId, this.#work);
    return matchImport(messages, stored, async (id) => (await this.#store.attachmentText(id))?.text, this.#work);
  }

  *#candidates({ imported, messages }: PreparedImport): Generator<Conversation> {
    const same = imported.id === undefined ? undefined : this.#byId.get(imported.id);
    if (same !== undefined) {
      yield same;
      return;
    }
    const title = storedTitle(imported.title);
    const createdAtMs = timeOf(imported.createdAtMs);
    yield* (createdAtMs === undefined ? this.#byTitle.get(title) : this.#byBoth.get(bothOf({ createdAtMs, title }))) ??
      [];
    if (createdAtMs === undefined || messages.some((message) => timeOf(message.createdAtMs) === undefined)) return;
    for (const conversation of this.#byCreation.get(createdAtMs) ?? [])
      if (conversation.title !== title) yield conversation;
  }

  /** Thousands that were begun at one moment would be gone through for each of thousands in the file. */
  #passOver(conversation: Conversation): void {
    this.#byCreation.get(conversation.createdAtMs)?.delete(conversation);
    this.#byTitle.get(conversation.title)?.delete(conversation);
    this.#byBoth.get(bothOf(conversation))?.delete(conversation);
  }
}

type Groups<Key> = ReadonlyMap<Key, Set<Conversation>>;

function bothOf({ createdAtMs, title }: Pick<Conversation, "createdAtMs" | "title">): string {
  return `${createdAtMs} ${title}`;
}

/** All messages of a conversation, read so that nobody waits for it. */
export async function messagesOf(store: ConversationStore, conversationId: string, work: LongWork): Promise<Message[]> {
  const messages: Message[] = [];
  for await (const page of store.messagePages(conversationId)) {
    messages.push(...page);
    await work.pause();
  }
  return messages;
}

/** As much of a title as is stored. */
export function storedTitle(title: string): string {
  return title.slice(0, 200);
}

function isBetter(one: ImportMatch, other: ImportMatch): boolean {
  if (one.missing.length !== other.missing.length) return one.missing.length < other.missing.length;
  return one.extraCount < other.extraCount;
}

function groupBy<Key>(stored: readonly Conversation[], keyOf: (conversation: Conversation) => Key): Groups<Key> {
  const groups = new Map<Key, Set<Conversation>>();
  for (const conversation of stored) {
    const group = groups.get(keyOf(conversation));
    if (group === undefined) groups.set(keyOf(conversation), new Set([conversation]));
    else group.add(conversation);
  }
  return groups;
}
