import type { ReadableGeneration } from "../chat/GenerationDirectory.js";
import type { ServerToClientEvents } from "../protocol/events.js";
import { loopTurn } from "./LoopTurn.js";
import { type ReadyTransport, whenReady } from "./whenReady.js";

/** A transport that was replaced by a better one never says that it is ready: look again after this long at the latest. */
const lookAgainMs = 16;

/** What a follower needs of a socket. */
export interface FollowingSocket {
  emit(name: "generation:events", ...args: Parameters<ServerToClientEvents["generation:events"]>): unknown;
  readonly conn: { readonly transport: ReadyTransport };
}

/**
 * One socket's reading of one generation: replays from a cursor and follows on to the end. While the connection can take it,
 * an entry goes out at once; more of them in the same turn of the event loop go out together at its end. While the connection is
 * still writing, entries stay in the log, which is bounded, and go out as soon as it is ready. So a slow reader costs no memory,
 * a server that has fallen behind catches up, and otherwise nobody waits for anything.
 */
export class GenerationFollower {
  readonly #socket: FollowingSocket;
  readonly #generation: ReadableGeneration;
  readonly #unsubscribe: () => void;
  readonly #onEnd: () => void;
  #cursor: number;
  #waiting: { stop(): void } | undefined;
  #sentInTurn = -1;

  /** Call {@link flush} once to send what is there already. `onEnd`: everything was sent. */
  constructor(socket: FollowingSocket, generation: ReadableGeneration, afterSeq: number, onEnd: () => void) {
    this.#socket = socket;
    this.#generation = generation;
    this.#cursor = afterSeq;
    this.#onEnd = onEnd;
    this.#unsubscribe = generation.log.subscribe(this.#wake);
  }

  close(): void {
    this.#unsubscribe();
    this.#waiting?.stop();
    this.#waiting = undefined;
  }

  /** Sends everything after the cursor. */
  readonly flush = (): void => {
    this.#waiting?.stop();
    this.#waiting = undefined;
    const events = this.#generation.log.read(this.#cursor);
    const last = events.at(-1);
    if (last !== undefined) {
      this.#cursor = last.seq;
      this.#sentInTurn = loopTurn.number;
      this.#socket.emit("generation:events", { generationId: this.#generation.id, events });
    }
    if (this.#generation.log.ended && this.#cursor >= this.#generation.log.lastSeq) {
      this.close();
      this.#onEnd();
    }
  };

  readonly #wake = (): void => {
    const { transport } = this.#socket.conn;
    // The end is not held back: nothing follows it that could be gathered.
    if (this.#generation.log.ended) this.flush();
    else if (this.#waiting !== undefined) return;
    else if (!transport.writable) this.#waitUntilReady(transport);
    else if (this.#sentInTurn === loopTurn.number) this.#waitForNextTurn();
    else this.flush();
  };

  readonly #lookAgain = (): void => {
    this.#waiting?.stop();
    this.#waiting = undefined;
    this.#wake();
  };

  #waitForNextTurn(): void {
    loopTurn.defer(this.#lookAgain);
    this.#waiting = { stop: () => loopTurn.forget(this.#lookAgain) };
  }

  #waitUntilReady(transport: ReadyTransport): void {
    const timer = setTimeout(this.#lookAgain, lookAgainMs);
    const forget = whenReady(transport, this.#lookAgain);
    this.#waiting = {
      stop: () => {
        clearTimeout(timer);
        forget();
      },
    };
  }
}
