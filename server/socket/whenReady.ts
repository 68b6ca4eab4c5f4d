/** What is needed of engine.io's transport. */
export interface ReadyTransport {
  readonly writable: boolean;
  on(event: "ready", listener: () => void): unknown;
}

/** Who waits for each transport: one listener on it serves any number of followers. */
const waiters = new WeakMap<ReadyTransport, Set<() => void>>();

/**
 * Calls `callback` once, when the transport has written what it was given and can take more. Returns how to end that.
 * The event is engine.io's own, emitted after it has flushed what was waiting in the connection itself.
 */
export function whenReady(transport: ReadyTransport, callback: () => void): () => void {
  let waiting = waiters.get(transport);
  if (waiting === undefined) {
    const created = new Set<() => void>();
    waiting = created;
    waiters.set(transport, created);
    transport.on("ready", () => {
      // Those who find it busy again wait for the next time.
      const now = [...created];
      created.clear();
      for (const waiter of now) waiter();
    });
  }
  const set = waiting;
  set.add(callback);
  return () => set.delete(callback);
}
