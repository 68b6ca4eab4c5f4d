import type { Priority } from "../../protocol/generation.js";

export interface QueueEntry {
  /** Who asks: a browser, a program, a person. */
  readonly client: string;
  readonly priority: Priority;
}

/** Of so many clients it is kept when they were served last. More than can wait at once (`queueLimit`). */
export const rememberedClients = 10_000;

/**
 * Who is next: the watched before the background ones, and among equals round robin over the clients, so that one who asks
 * a hundred times delays the others by one turn and not by a hundred. A client's own requests stay in their order.
 */
export class FairQueue<Entry extends QueueEntry> {
  #entries: Entry[] = [];
  /** When each client was served last. */
  readonly #servedAt = new Map<string, number>();
  #turn = 0;

  get length(): number {
    return this.#entries.length;
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
  }

  remove(entry: Entry): boolean {
    const index = this.#entries.indexOf(entry);
    if (index < 0) return false;
    this.#entries.splice(index, 1);
    return true;
  }

  /** A request of the client was served without waiting. */
  noteServed(client: string): void {
    this.#servedAt.set(client, ++this.#turn);
    if (this.#servedAt.size > rememberedClients) this.#forgetThoseWhoLeft();
  }

  /** Those who wait keep their places; whoever else is forgotten is first in line when they come again. */
  #forgetThoseWhoLeft(): void {
    const waiting = new Set(this.#entries.map(({ client }) => client));
    for (const client of this.#servedAt.keys()) if (!waiting.has(client)) this.#servedAt.delete(client);
  }

  /** Takes out the one whose turn it is. */
  shift(): Entry | undefined {
    const next = this.inOrder()[0];
    if (next === undefined) return undefined;
    this.remove(next);
    this.noteServed(next.client);
    return next;
  }

  /** All that wait, in the order in which they will be served if nobody else comes. */
  inOrder(): Entry[] {
    const servedAt = new Map(this.#servedAt);
    const watched = inTurns(this.#entries, "watched", servedAt);
    for (const [turn, { client }] of watched.entries()) servedAt.set(client, this.#turn + turn + 1);
    return [...watched, ...inTurns(this.#entries, "background", servedAt)];
  }
}

/** Those of one priority: round after round one of each client, whoever was served longest ago first. */
function inTurns<Entry extends QueueEntry>(
  entries: readonly Entry[],
  priority: Priority,
  servedAt: ReadonlyMap<string, number>,
): Entry[] {
  const byClient = new Map<string, Entry[]>();
  for (const entry of entries) {
    if (entry.priority !== priority) continue;
    const own = byClient.get(entry.client);
    if (own === undefined) byClient.set(entry.client, [entry]);
    else own.push(entry);
  }
  // The sort is stable: of those who were never served the one who came first is first.
  const clients = [...byClient].sort(([a], [b]) => (servedAt.get(a) ?? 0) - (servedAt.get(b) ?? 0));
  const order: Entry[] = [];
  for (let round = 0, before = -1; before < order.length; round++) {
    before = order.length;
    for (const [, own] of clients) {
      const entry = own[round];
      if (entry !== undefined) order.push(entry);
    }
  }
  return order;
}
