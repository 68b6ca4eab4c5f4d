import type { Answers, RequestName, Requests, ServerToClientEvents } from "../../server/protocol/events.js";
import type { Connection, ConnectionStatus } from "../connection/Connection.js";
import type { PageResult } from "../connection/PageError.js";

type Answer<Name extends RequestName> = PageResult<Answers[Name]> | Promise<PageResult<Answers[Name]>>;
type Answerer = { [Name in RequestName]?: (request: Requests[Name]) => Answer<Name> };

/** A line without a server, for tests: answers from a table, remembers what was asked, and says what it is told to say. */
export class FakeConnection implements Connection {
  readonly asked: { name: RequestName; payload: unknown }[] = [];
  answers: Answerer;
  #status: ConnectionStatus = "connecting";
  readonly #statusListeners = new Set<(status: ConnectionStatus) => void>();
  readonly #listeners = new Map<string, Set<(event: never) => void>>();

  constructor(answers: Answerer = {}) {
    this.answers = answers;
  }

  request<Name extends RequestName>(name: Name, payload: Requests[Name]): Promise<PageResult<Answers[Name]>> {
    this.asked.push({ name, payload });
    const answer: ((request: Requests[Name]) => Answer<Name>) | undefined = this.answers[name];
    // A request without an answer in the table waits for ever.
    return answer ? Promise.resolve(answer(payload)) : new Promise(() => {});
  }

  on<Name extends keyof ServerToClientEvents>(name: Name, listener: ServerToClientEvents[Name]): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Says something as the server. */
  say<Name extends keyof ServerToClientEvents>(name: Name, event: Parameters<ServerToClientEvents[Name]>[0]): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(event as never);
  }

  onStatus(listener: (status: ConnectionStatus) => void): () => void {
    this.#statusListeners.add(listener);
    listener(this.#status);
    return () => this.#statusListeners.delete(listener);
  }

  setStatus(status: ConnectionStatus): void {
    this.#status = status;
    for (const listener of this.#statusListeners) listener(status);
  }

  /** The payloads of all requests of that name. */
  payloads<Name extends RequestName>(name: Name): Requests[Name][] {
    return this.asked.filter((one) => one.name === name).map(({ payload }) => payload as Requests[Name]);
  }

  close(): void {}
}
