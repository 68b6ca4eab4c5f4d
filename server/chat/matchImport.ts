import { LongWork } from "../platform/LongWork.js";
import type { Message } from "../protocol/conversation.js";
import { type PreparedMessage, timeOf } from "./prepareImport.js";

/** How a conversation of a file lies in one that is stored. */
export interface ImportMatch {
  /** What the messages of the file that are there are called here. */
  ids: ReadonlyMap<string, string>;
  /** Messages of the file that are not there, each after its parent. */
  missing: PreparedMessage[];
  /** How many stored messages the file does not have. */
  extraCount: number;
  /** A first message of the file is a first message here. */
  sameRoot: boolean;
}

/** Siblings of one time, or one text, that are looked at for each message: a file can have any number of them ([T22]). */
const maxLookedAt = 100;

/**
 * Finds the messages of a file in a stored tree, from its roots on. The same message has the same place, role, time and text, and all
 * files that the file has for it; a reply may have been continued here. A message without a time of its own is known by the rest.
 * Ids do not count: an import gives new ones. `textOf` gives the text of a stored file.
 */
export async function matchImport(
  messages: readonly PreparedMessage[],
  stored: readonly Message[],
  textOf: (attachmentId: string) => Promise<string | undefined>,
  work = new LongWork(),
): Promise<ImportMatch> {
  const left = await LeftMessages.of(stored, work);
  const ids = new Map<string, string>();
  const missing: PreparedMessage[] = [];
  let sameRoot = false;
  for (const message of messages) {
    await work.pause();
    const parentId = message.parentId === undefined ? undefined : ids.get(message.parentId);
    // Below a message that is not there nothing is there.
    const reachable = message.parentId === undefined || parentId !== undefined;
    const found = reachable ? await firstWithFiles(message, left.alike(message, parentId), textOf) : undefined;
    if (found === undefined) {
      missing.push(message);
      continue;
    }
    left.take(found);
    ids.set(message.id, found.id);
    if (parentId === undefined) sameRoot = true;
  }
  return { ids, missing, extraCount: stored.length - ids.size, sameRoot };
}

/** The stored messages that none of the file was found to be, by what tells them apart. */
class LeftMessages {
  readonly #byTime: ReadonlyMap<string, Set<Message>>;
  readonly #byText: ReadonlyMap<string, Set<Message>>;

  private constructor(byTime: ReadonlyMap<string, Set<Message>>, byText: ReadonlyMap<string, Set<Message>>) {
    this.#byTime = byTime;
    this.#byText = byText;
  }

  static async of(stored: readonly Message[], work: LongWork): Promise<LeftMessages> {
    return new LeftMessages(await groupBy(stored, timeKey, work), await groupBy(stored, textKey, work));
  }

  /** With exactly its text first; then those that have gone on from it: continued since, or still written when the file was made. */
  alike(message: PreparedMessage, parentId: string | undefined): Message[] {
    const createdAtMs = timeOf(message.createdAtMs);
    if (createdAtMs === undefined) return first(this.#byText.get(textKey({ ...message, parentId })));
    const here = first(this.#byTime.get(timeKey({ ...message, parentId, createdAtMs })));
    const grown = (stored: Message) =>
      message.role === "assistant" && stored.text.length > message.text.length && stored.text.startsWith(message.text);
    return [...here.filter(({ text }) => text === message.text), ...here.filter(grown)];
  }

  take(message: Message): void {
    this.#byTime.get(timeKey(message))?.delete(message);
    this.#byText.get(textKey(message))?.delete(message);
  }
}

type Place = { parentId?: string | undefined; role: Message["role"] };

function timeKey({ parentId = "", role, createdAtMs }: Place & { createdAtMs: number }): string {
  return `${parentId} ${role} ${createdAtMs}`;
}

function textKey({ parentId = "", role, text }: Place & { text: string }): string {
  return `${parentId} ${role} ${text}`;
}

async function groupBy(
  stored: readonly Message[],
  key: (message: Message) => string,
  work: LongWork,
): Promise<Map<string, Set<Message>>> {
  const groups = new Map<string, Set<Message>>();
  for (const message of stored) {
    const group = groups.get(key(message));
    if (group === undefined) groups.set(key(message), new Set([message]));
    else group.add(message);
    await work.pause();
  }
  return groups;
}

function first(messages: ReadonlySet<Message> | undefined): Message[] {
  const found: Message[] = [];
  for (const message of messages ?? []) {
    if (found.length === maxLookedAt) break;
    found.push(message);
  }
  return found;
}

async function firstWithFiles(
  message: PreparedMessage,
  alike: readonly Message[],
  textOf: (attachmentId: string) => Promise<string | undefined>,
): Promise<Message | undefined> {
  for (const stored of alike) if (await hasFiles(stored, message.files, textOf)) return stored;
  return undefined;
}

async function hasFiles(
  stored: Message,
  files: PreparedMessage["files"],
  textOf: (attachmentId: string) => Promise<string | undefined>,
): Promise<boolean> {
  const left = [...(stored.attachments ?? [])];
  for (const { name, text } of files) {
    const sizeBytes = Buffer.byteLength(text);
    let at = -1;
    for (const [index, attachment] of left.entries()) {
      if (attachment.name !== name || attachment.sizeBytes !== sizeBytes) continue;
      if ((await textOf(attachment.id)) !== text) continue;
      at = index;
      break;
    }
    if (at < 0) return false;
    left.splice(at, 1);
  }
  return true;
}
