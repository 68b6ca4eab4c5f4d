export interface QueueEntry {
  /** Who asks: a browser, a program, a person. */
  readonly client: string;
  /** `watched`: somebody looks at the reply. `background`: titles and the like, served when nobody waits. */
  readonly priority: "watched" | "background";
}

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
    // Nobody who waits is forgotten; of the others only order matters, and a forgotten one is first in line.
    if (this.#servedAt.size > 10_000) this.#servedAt.clear();
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
    let turn = this.#turn;
    let rest = [...this.#entries];
    const order: Entry[] = [];
    while (rest.length > 0) {
      let best = rest[0] as Entry;
      for (const entry of rest) if (comesBefore(entry, best, servedAt)) best = entry;
      order.push(best);
      servedAt.set(best.client, ++turn);
      rest = rest.filter((entry) => entry !== best);
    }
    return order;
  }
}

function comesBefore(a: QueueEntry, b: QueueEntry, servedAt: ReadonlyMap<string, number>): boolean {
  if (a.priority !== b.priority) return a.priority === "watched";
  return (servedAt.get(a.client) ?? 0) < (servedAt.get(b.client) ?? 0);
}
