import type { ServerResponse } from "node:http";

export interface EventStreamOptions {
  format?: keyof typeof formats;
  /** After this long without anything to say, a comment shows that the server is still there. */
  keepAliveMs?: number;
  /** A client that has more than this unread is cut off: it would only fill the memory. */
  maxUnreadBytes?: number;
}

const defaults: Required<EventStreamOptions> = { format: "sse", keepAliveMs: 10_000, maxUnreadBytes: 4 * 1024 * 1024 };

/** How events are written: as server-sent events, or as one line of JSON each. */
const formats = {
  sse: {
    contentType: "text/event-stream; charset=utf-8",
    frame: (json: string) => `data: ${json}\n\n`,
    keepAlive: ": keep-alive\n\n",
  },
  // Nothing in it can be passed over, so a slow start is silent.
  ndjson: { contentType: "application/x-ndjson", frame: (json: string) => `${json}\n`, keepAlive: undefined },
};

/**
 * A response that is sent event by event. The status and headers go out with the first event or keep-alive comment, so an error that comes before
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
    this.#keepAlive = setInterval(() => {
      const { keepAlive } = formats[this.#options.format];
      if (keepAlive !== undefined) this.#write(keepAlive);
    }, this.#options.keepAliveMs);
    response.once("close", () => clearInterval(this.#keepAlive));
  }

  /** The headers are out: from now on an error can only be an event. */
  get opened(): boolean {
    return this.#response.headersSent;
  }

  /** One event with `data` as JSON. */
  send(data: object): void {
    this.#write(formats[this.#options.format].frame(JSON.stringify(data)));
  }

  /** Ends the stream; `last` is the data of a last event, as it stands. */
  end(last?: string): void {
    if (last !== undefined) this.#write(formats[this.#options.format].frame(last));
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
        "Content-Type": formats[this.#options.format].contentType,
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
