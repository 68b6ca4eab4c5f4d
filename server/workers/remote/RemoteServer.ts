import { Agent, type Dispatcher, request } from "undici";
import { AppError } from "../../platform/AppError.js";
import { isTransientStatus, type RetryOptions, retry, retryAfterMs, TransientError } from "../../platform/retry.js";
import { refusedAnswer, unreachable } from "./remoteErrors.js";

/** Where a server is and how it is spoken to. */
export interface RemoteAddress {
  /** As people call it. */
  name: string;
  /** Up to and with `/v1`, without a slash at its end. */
  baseUrl: string;
  /** Sent as a bearer token. */
  apiKey?: string | undefined;
}

export interface RemoteTimes {
  /** Health and the list of models are looked at this often. */
  lookMs: number;
  connectMs: number;
  /** Until an answer begins: the server may load the model and read the whole prompt first. */
  headersMs: number;
  /** The longest silence within an answer. */
  stallMs: number;
  retry: Pick<RetryOptions, "attempts" | "baseDelayMs" | "maxDelayMs" | "maxRetryAfterMs">;
}

export const remoteTimes: RemoteTimes = {
  lookMs: 15_000,
  connectMs: 5_000,
  headersMs: 10 * 60_000,
  stallMs: 5 * 60_000,
  retry: { attempts: 3, baseDelayMs: 250, maxDelayMs: 2_000, maxRetryAfterMs: 5_000 },
};

/** An error's text, or a list of models, may have this many bytes. */
const maxBodyBytes = 4e6;

/**
 * HTTP to one OpenAI-compatible server. What may pass (a refused connection, 429, 5xx) is tried again before the answer has begun;
 * redirects are not followed, so that the key and the prompt go nowhere but to the address that was configured ([T12]).
 */
export class RemoteServer {
  readonly address: RemoteAddress;
  readonly #times: RemoteTimes;
  readonly #agent: Agent;

  constructor(address: RemoteAddress, times: RemoteTimes) {
    this.address = address;
    this.#times = times;
    this.#agent = new Agent({ connect: { timeout: times.connectMs }, pipelining: 1 });
  }

  /** A short question, asked once. Throws `engine_unreachable`, `engine_refused` or `engine_failed`. */
  async get(path: string): Promise<unknown> {
    try {
      const timeout = AbortSignal.timeout(2 * this.#times.connectMs);
      return this.#parse(await readText(await this.#once("GET", path, undefined, timeout)));
    } catch (error) {
      if (error instanceof TransientError) throw error.error;
      // A list that never ends is as good as none.
      throw error instanceof AppError ? error : unreachable(this.address.name, error);
    }
  }

  /** Throws what {@link open} throws. */
  async post(path: string, body: object, signal: AbortSignal): Promise<unknown> {
    return this.#parse(await readText(await this.open(path, body, signal)));
  }

  /** Opens an answer. Throws `engine_unreachable`, `engine_refused`, `engine_failed`, `queue_full`, `context_full` or `bad_request`. */
  open(path: string, body: object, signal: AbortSignal): Promise<Dispatcher.ResponseData["body"]> {
    return retry(() => this.#once("POST", path, JSON.stringify(body), signal), { ...this.#times.retry, signal });
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #once(method: "GET" | "POST", path: string, body: string | undefined, signal: AbortSignal) {
    const { name, baseUrl, apiKey } = this.address;
    const answer = await request(`${baseUrl}${path}`, {
      method,
      dispatcher: this.#agent,
      headersTimeout: this.#times.headersMs,
      bodyTimeout: this.#times.stallMs,
      signal,
      headers: {
        accept: "application/json, text/event-stream",
        "accept-encoding": "identity",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      ...(body === undefined ? {} : { body }),
    }).catch((error: unknown) => {
      if (signal.aborted && method === "POST") throw error;
      throw new TransientError(unreachable(name, error));
    });
    // Undici hands the stream over before anybody listens; without this an abort in between ends the process.
    answer.body.on("error", () => {});
    if (answer.statusCode === 200) return answer.body;
    const error = refusedAnswer(name, answer.statusCode, await readText(answer.body).catch(() => ""));
    if (!isTransientStatus(answer.statusCode)) throw error;
    const after = answer.headers["retry-after"];
    throw new TransientError(error, retryAfterMs(typeof after === "string" ? { "retry-after": after } : {}));
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new AppError("engine_failed", `${this.address.name} answered with something that is no JSON.`, { cause });
    }
  }
}

async function readText(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > maxBodyBytes)
      throw new AppError("engine_failed", `An engine's answer has more than ${maxBodyBytes} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
