type Listener = (text: string) => void;
const listeners = new Set<Listener>();

/** Says something to a screen reader, politely: after what it is reading now. {@link LiveRegion} speaks. */
export function announce(text: string): void {
  for (const listener of listeners) listener(text);
}

export function onAnnounced(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
