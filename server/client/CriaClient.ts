import type { Socket } from "socket.io-client";
import type { Conversation, Message } from "../protocol/conversation.js";
import type {
  Answers,
  ChatTurn,
  ClientToServerEvents,
  RequestName,
  Requests,
  ServerToClientEvents,
} from "../protocol/events.js";
import type { Phase, Priority } from "../protocol/generation.js";
import type { ModelInfo } from "../protocol/model.js";
import type { Result } from "../protocol/result.js";
import type { Sampling } from "../protocol/sampling.js";
import { CriaError, refusalOf } from "./CriaError.js";
import { GenerationReader } from "./GenerationReader.js";

export type CriaClientSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

interface ReadOptions {
  /** Hears what the generation does before its first token: queue, loading, reading the prompt. */
  onPhase?: (phase: Phase) => void;
  /** Stops the generation when it is aborted. */
  signal?: AbortSignal;
}

/** What to generate: a chat in the model's own prompt format or a text to continue, and how. */
export type GenerateRequest = ({ messages: ChatTurn[]; prompt?: never } | { prompt: string; messages?: never }) & {
  /** A model's id, as `alpaca.7B`. */
  model: string;
  /** `background`: served when nobody waits who watches; left out: `watched`. */
  priority?: Priority;
} & Sampling &
  ReadOptions;

/**
 * A connection to a Cria server. It comes back by itself when it is lost; requests and generations that were under way go on
 * then. Every failure is a {@link CriaError}.
 */
export class CriaClient {
  readonly #socket: CriaClientSocket;
  readonly #lostAfterMs: number;
  readonly #readers = new Set<GenerationReader>();
  readonly #conversations = new Set<() => void>();
  /** Requests that wait for the connection to come back. */
  readonly #waiting = new Set<{ back(): void; lost(error: CriaError): void }>();
  #lostTimer: ReturnType<typeof setTimeout> | undefined;
  #lost: CriaError | undefined;

  /** `socket`: connected. `lostAfterMs`: how long a lost connection may take to come back before what is under way fails. */
  constructor(socket: CriaClientSocket, lostAfterMs: number) {
    this.#socket = socket;
    this.#lostAfterMs = lostAfterMs;
    socket.on("generation:events", ({ generationId, events }) => {
      for (const reader of [...this.#readers]) reader.receive(generationId, events);
    });
    socket.on("connect", () => this.#connected());
    socket.on("disconnect", (reason) => this.#disconnected(reason));
    // A server that says no (the token was revoked) says so again: nothing is gained by waiting.
    socket.on("connect_error", (error) => {
      const refusal = refusalOf(error);
      if (refusal !== undefined) this.#fail(refusal);
    });
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  /** Starts a generation and reads it: `for await (const piece of client.generate({…}))`. */
  generate({ model, messages, prompt, priority, onPhase, signal, ...sampling }: GenerateRequest): GenerationReader {
    const started = this.request("generation:start", {
      requestId: randomRequestId(),
      modelId: model,
      ...(messages === undefined ? { prompt: prompt ?? "" } : { messages }),
      sampling,
      ...(priority === undefined ? {} : { priority }),
    });
    return this.#read(
      started.then(({ generationId }) => generationId),
      { onPhase, signal },
    );
  }

  /** Reads a generation that was started before, here or elsewhere, from the entry after `afterSeq` on. */
  follow(generationId: string, options: ReadOptions & { afterSeq?: number } = {}): GenerationReader {
    return this.#read(generationId, options);
  }

  /** The installed models and what they are doing. */
  async models(): Promise<ModelInfo[]> {
    return (await this.request("model:list", {})).models;
  }

  /**
   * Opens a stored conversation and hears of every change in it: the whole first, and again whenever the connection was lost.
   * Returns how to leave it. Throws `conversation_not_found`.
   */
  async openConversation(
    conversationId: string,
    listener: (change: { conversation: Conversation; messages: Message[] }) => void,
  ): Promise<() => void> {
    const open = async () => listener(await this.request("conversation:open", { conversationId }));
    const changed: ServerToClientEvents["conversation:changed"] = (change) => {
      if (change.conversation.id === conversationId) listener(change);
    };
    // Rooms are the connection's: a new one has to join again. A conversation that was deleted meanwhile is told by its own event.
    const reopen = () => void open().catch(() => {});
    await open();
    this.#socket.on("conversation:changed", changed);
    this.#conversations.add(reopen);
    return () => {
      this.#socket.off("conversation:changed", changed);
      this.#conversations.delete(reopen);
      void this.request("conversation:leave", { conversationId }).catch(() => {});
    };
  }

  /** Hears of an event of the server: models, conversations, installs. Returns how to end that. */
  on<Name extends keyof ServerToClientEvents>(name: Name, listener: ServerToClientEvents[Name]): () => void {
    // The library's types cannot follow a name that is a type parameter; it and its listener fit by this method's own signature.
    type Change = (name: Name, listener: ServerToClientEvents[Name]) => unknown;
    (this.#socket.on.bind(this.#socket) as Change)(name, listener);
    return () => {
      (this.#socket.off.bind(this.#socket) as Change)(name, listener);
    };
  }

  /** Hears when the connection is lost (`false`) and when it is back (`true`). Returns how to end that. */
  onConnection(listener: (connected: boolean) => void): () => void {
    const back = () => listener(true);
    const lost = () => listener(false);
    this.#socket.on("connect", back);
    this.#socket.on("disconnect", lost);
    return () => {
      this.#socket.off("connect", back);
      this.#socket.off("disconnect", lost);
    };
  }

  /**
   * Any request of the protocol (docs/protocol.md). When the connection is lost before the answer came, it is sent again once the
   * connection is back. Throws what the server refused, or `connection_lost`.
   */
  async request<Name extends RequestName>(name: Name, request: Requests[Name]): Promise<Answers[Name]> {
    for (;;) {
      if (!this.#socket.connected) await this.#untilConnected();
      const result = await this.#ask(name, request);
      if (result === undefined) continue;
      if (result.ok) return result.data;
      throw new CriaError(result.error);
    }
  }

  /** Ends the connection. Generations go on at the server; readers of this client fail with `connection_lost`. */
  close(): void {
    this.#fail(new CriaError({ code: "connection_lost", message: "This client was closed." }));
    this.#socket.disconnect();
  }

  #read(
    id: string | Promise<string>,
    options: { afterSeq?: number; onPhase?: ReadOptions["onPhase"] | undefined; signal?: AbortSignal | undefined },
  ): GenerationReader {
    const reader = new GenerationReader(
      id,
      {
        follow: async (generationId, afterSeq) => {
          await this.request("generation:follow", { generationId, afterSeq });
        },
        stop: async (generationId) => {
          await this.request("generation:stop", { generationId });
        },
      },
      options,
    );
    this.#readers.add(reader);
    const stop = () => void reader.stop().catch(() => {});
    const over = () => {
      this.#readers.delete(reader);
      options.signal?.removeEventListener("abort", stop);
    };
    reader.result.then(over, over);
    if (options.signal?.aborted === true) stop();
    else options.signal?.addEventListener("abort", stop, { once: true });
    void reader.follow();
    return reader;
  }

  /** The acknowledgement, or `undefined` when the connection was lost before it came. */
  #ask<Name extends RequestName>(name: Name, request: Requests[Name]): Promise<Result<Answers[Name]> | undefined> {
    type Emit = (name: Name, request: Requests[Name], acknowledge: (result: Result<Answers[Name]>) => void) => unknown;
    const emit = this.#socket.emit.bind(this.#socket) as Emit;
    return new Promise((resolve) => {
      const lost = () => resolve(undefined);
      this.#socket.once("disconnect", lost);
      emit(name, request, (result) => {
        this.#socket.off("disconnect", lost);
        resolve(result);
      });
    });
  }

  #untilConnected(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) {
        reject(this.#lost);
        return;
      }
      const wait = {
        back: () => {
          this.#waiting.delete(wait);
          resolve();
        },
        lost: reject,
      };
      this.#waiting.add(wait);
    });
  }

  #connected(): void {
    clearTimeout(this.#lostTimer);
    this.#lost = undefined;
    for (const { back } of [...this.#waiting]) back();
    for (const reader of [...this.#readers]) void reader.follow();
    for (const reopen of [...this.#conversations]) reopen();
  }

  #disconnected(reason: string): void {
    if (this.#lost !== undefined) return;
    // A server that shuts down says goodbye, after which the library would not come back by itself.
    if (reason === "io server disconnect") this.#socket.connect();
    this.#lostTimer = setTimeout(() => {
      const seconds = Math.round(this.#lostAfterMs / 1000);
      this.#fail(
        new CriaError({
          code: "connection_lost",
          message: `The connection to the server was lost and did not come back within ${seconds} seconds.`,
          hint: "Check that the server runs: cria serve starts it. Once it is back, what is asked next is answered.",
        }),
      );
    }, this.#lostAfterMs);
  }

  #fail(error: CriaError): void {
    clearTimeout(this.#lostTimer);
    this.#lost = error;
    for (const { lost } of [...this.#waiting]) lost(error);
    this.#waiting.clear();
    for (const reader of [...this.#readers]) reader.fail(error);
  }
}

/** 128 random bits; `randomUUID` is missing in pages that came over plain HTTP from another machine. */
function randomRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
