import type { ServerResponse } from "node:http";

export interface EventStreamOptions {
  /** After this long without anything to say, a comment shows that the server is still there. */
  keepAliveMs?: number;
  /** A client that has more than this unread is cut off: it would only fill the memory. */
  maxUnreadBytes?: number;
}

const defaults: Required<EventStreamOptions> = { keepAliveMs: 10_000, maxUnreadBytes: 4 * 1024 * 1024 };

/**
 * Server-sent events. The status and headers go out with the first event or keep-alive comment, so an error that comes before
 * can still be answered with its own status.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #options: Required<EventStreamOptions>;
  readonly #keepAlive: NodeJS.Timeout;

  constructor(response: ServerResponse, options: EventStreamOptions = {}) {
    this.#response = response;
    this.#options = { ...defaults, ...options };
    this.#keepAlive = setInterval(() => this.#write(": keep-alive\n\n"), this.#options.keepAliveMs);
    response.once("close", () => clearInterval(this.#keepAlive));
  }

  /** The headers are out: from now on an error can only be an event. */
  get opened(): boolean {
    return this.#response.headersSent;
  }

  /** One event with `data` as JSON. */
  send(data: object): void {
    this.#write(`data: ${JSON.stringify(data)}\n\n`);
  }

  /** Ends the stream; `last` is the data of a last event, as it stands. */
  end(last?: string): void {
    if (last !== undefined) this.#write(`data: ${last}\n\n`);
    clearInterval(this.#keepAlive);
    this.#response.end();
  }

  /** Gives the response back untouched. */
  cancel(): void {
    clearInterval(this.#keepAlive);
  }

  #write(text: string): void {
    if (this.#response.writableEnded || this.#response.destroyed) return;
    if (!this.#response.headersSent) {
      this.#response.writeHead(200, {
        "Content-Type": "text/event-stream; charset=utf-8",
        "Cache-Control": "no-cache",
        // Asks proxies not to gather the pieces.
        "X-Accel-Buffering": "no",
      });
      this.#response.socket?.setNoDelay(true);
    }
    this.#response.write(text);
    if (this.#response.writableLength > this.#options.maxUnreadBytes) this.#response.destroy();
    else this.#keepAlive.refresh();
  }
}
