import type { Generation } from "../chat/Generation.js";
import type { ServerToClientEvents } from "../protocol/events.js";

/** While the connection is busy, entries are gathered for this long at most: less than the eye sees. */
const coalesceMs = 16;

/** What a follower needs of a socket. */
export interface FollowingSocket {
  emit(name: "generation:events", ...args: Parameters<ServerToClientEvents["generation:events"]>): unknown;
  readonly conn: { readonly transport: { readonly writable: boolean } };
}

/**
 * One socket's reading of one generation: replays from a cursor and follows on to the end. While the connection is idle every
 * entry goes out at once; while it is still writing the last packet, entries are gathered.
 */
export class GenerationFollower {
  readonly #socket: FollowingSocket;
  readonly #generation: Generation;
  readonly #unsubscribe: () => void;
  readonly #onEnd: () => void;
  #cursor: number;
  #timer: NodeJS.Timeout | undefined;

  /** Call {@link flush} once to send what is there already. `onEnd`: everything was sent. */
  constructor(socket: FollowingSocket, generation: Generation, afterSeq: number, onEnd: () => void) {
    this.#socket = socket;
    this.#generation = generation;
    this.#cursor = afterSeq;
    this.#onEnd = onEnd;
    this.#unsubscribe = generation.log.subscribe(() => this.#wake());
  }

  close(): void {
    this.#unsubscribe();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Sends everything after the cursor. */
  readonly flush = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = this.#generation.log.read(this.#cursor);
    const last = events.at(-1);
    if (last !== undefined) {
      this.#cursor = last.seq;
      this.#socket.emit("generation:events", { generationId: this.#generation.id, events });
    }
    if (this.#generation.log.ended && this.#cursor >= this.#generation.log.lastSeq) {
      this.close();
      this.#onEnd();
    }
  };

  #wake(): void {
    const { transport } = this.#socket.conn;
    // The end is not held back: nothing follows it that could be gathered.
    if (this.#generation.log.ended) this.flush();
    else if (this.#timer !== undefined) return;
    else if (transport.writable) this.flush();
    else this.#timer = setTimeout(this.flush, coalesceMs);
  }
}
