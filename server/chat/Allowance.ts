import { AppError } from "../platform/AppError.js";
import type { ChatStores } from "../storage/ChatStores.js";
import type { ConversationStore, Held } from "../storage/ConversationStore.js";
import { rowBytes } from "../storage/heldStatements.js";

/** What a guest's stored chats and files may take, and temporary ones in the memory; and how many chats of each there may be. */
export interface AllowanceLimits {
  storedBytes: number;
  temporaryBytes: number;
  conversations: number;
}

/** So many chats are listed in a fraction of a second; more would be a burden for everybody. */
const guestConversations = 20_000;
const guestTemporaryBytes = 64 * 2 ** 20;

/** The bounds of a guest whose stored chats and files may take so many MB; 0: as many as there is room for. */
export function guestLimits(storedMegabytes: number): AllowanceLimits {
  return {
    storedBytes: storedMegabytes === 0 ? Number.POSITIVE_INFINITY : storedMegabytes * 2 ** 20,
    temporaryBytes: guestTemporaryBytes,
    conversations: guestConversations,
  };
}

/** A measure counts for so long: what replies have become is not known before. */
const measureAgainMs = 60_000;

/** What a message will take: its text, the same once more to search it, and the rest. */
export function messageBytes({ text }: { text: string }): number {
  return 2 * Buffer.byteLength(text) + rowBytes;
}

/** What a file, or anything else that is not searched, will take. */
export function plainBytes(text: string): number {
  return Buffer.byteLength(text) + rowBytes;
}

/** Bounds what one owner holds in both stores together ([T22], [AL1]). Without limits nothing is measured. */
export class Allowance {
  readonly #stored: StoreAllowance | undefined;
  readonly #temporary: StoreAllowance | undefined;

  constructor(stores: ChatStores, limits: AllowanceLimits | undefined) {
    if (limits === undefined) return;
    const { storedBytes, temporaryBytes, conversations } = limits;
    this.#stored = new StoreAllowance(stores.stored, { bytes: storedBytes, conversations }, storedFull);
    this.#temporary = new StoreAllowance(stores.temporary, { bytes: temporaryBytes, conversations }, temporaryFull);
  }

  /**
   * To be asked before something is stored. Where there is no room for it, what was deleted and could still be brought back makes some
   * ([CV3]). Throws `allowance_full`.
   */
  async take(temporary: boolean, added: Partial<Held>): Promise<void> {
    const asked = { bytes: 0, conversations: 0, ...added };
    await (temporary ? this.#temporary : this.#stored)?.take(asked);
  }
}

/**
 * Measuring may mean to look at every row, so it is done now and then and where there seems to be no room; what is added in between is
 * counted. What is being stored at that moment may go beyond the limit.
 */
class StoreAllowance {
  readonly #store: ConversationStore;
  readonly #limits: Held;
  readonly #full: Refusal;
  #held: Held = { bytes: 0, conversations: 0 };
  #measuredAtMs = Number.NEGATIVE_INFINITY;

  constructor(store: ConversationStore, limits: Held, full: Refusal) {
    this.#store = store;
    this.#limits = limits;
    this.#full = full;
  }

  async take(added: Held): Promise<void> {
    if (performance.now() - this.#measuredAtMs > measureAgainMs) await this.#measure();
    if (!this.#hasRoom(added)) await this.#measure();
    if (!this.#hasRoom(added)) {
      await this.#store.purge(Date.now() + 1, Number.NEGATIVE_INFINITY);
      await this.#measure();
    }
    if (!this.#hasRoom(added)) throw this.#full(this.#held, this.#limits, added);
    this.#held.bytes += added.bytes;
    this.#held.conversations += added.conversations;
  }

  #hasRoom({ bytes, conversations }: Held): boolean {
    // Who adds no chat is not kept from going on in those that are there.
    const tooMany = conversations > 0 && this.#held.conversations + conversations > this.#limits.conversations;
    return this.#held.bytes + bytes <= this.#limits.bytes && !tooMany;
  }

  async #measure(): Promise<void> {
    this.#held = { ...(await this.#store.held()) };
    this.#measuredAtMs = performance.now();
  }
}

type Refusal = (held: Held, limits: Held, added: Held) => AppError;

const storedFull: Refusal = (held, limits, added) =>
  tooMany(held, limits, added) ??
  new AppError(
    "allowance_full",
    `Your chats and files take ${megabytes(held.bytes)} MB here, and this would take ${megabytes(added.bytes)} MB more: ${megabytes(limits.bytes)} MB are kept for a guest.`,
    { hint: "Delete chats that you do not need. Who runs this server can allow more: --guest-storage." },
  );

const temporaryFull: Refusal = (held, limits, added) =>
  tooMany(held, limits, added) ??
  new AppError(
    "allowance_full",
    `Your temporary chats take ${megabytes(held.bytes)} MB, and this would take ${megabytes(added.bytes)} MB more: ${megabytes(limits.bytes)} MB are kept for a guest.`,
    { hint: "Delete temporary chats that you do not need, or begin one that is stored." },
  );

function tooMany(held: Held, limits: Held, added: Held): AppError | undefined {
  if (held.bytes + added.bytes <= limits.bytes)
    return new AppError("allowance_full", `You have ${held.conversations} chats here.`, {
      hint: `At most ${limits.conversations} are kept for a guest: delete some that you do not need.`,
    });
  return undefined;
}

/** In tenths: what is refused should not read "0 MB". */
function megabytes(bytes: number): string {
  const tenths = Math.ceil((bytes / 2 ** 20) * 10) / 10;
  return String(tenths);
}
