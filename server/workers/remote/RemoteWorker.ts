import { z } from "zod";
import { AppError } from "../../platform/AppError.js";
import { randomId } from "../../platform/randomId.js";
import type { StopReason } from "../../protocol/generation.js";
import type { ReadyModel } from "../Engine.js";
import type { GenerationListener, WorkerJob } from "../ModelWorker.js";
import type { EmbeddingInput, LoadedModelInfo, PromptInput } from "../messages.js";
import type { RemoteServer } from "./RemoteServer.js";
import { ReplyFigures, usageSchema } from "./ReplyFigures.js";
import { readEventStream } from "./readEventStream.js";
import { brokenOff, streamedError } from "./remoteErrors.js";
import { type RemoteDialect, remoteRequest } from "./remoteRequest.js";

/** A piece of a reply: `delta` of a chat, `text` of a completion. Thoughts come beside the text from some servers. */
const chunkSchema = z.object({
  choices: z
    .array(
      z.object({
        text: z.string().nullish(),
        delta: z
          .object({
            content: z.string().nullish(),
            reasoning_content: z.string().nullish(),
            reasoning: z.string().nullish(),
          })
          .nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .optional(),
  usage: usageSchema.nullish().catch(undefined),
  error: z.unknown().optional(),
});

const embeddingSchema = z.object({
  data: z.array(z.object({ embedding: z.array(z.number()).min(1) })).length(1),
  usage: z.object({ prompt_tokens: z.number() }).nullish().catch(undefined),
});

/** Bytes that a token has at the least, on average: what is estimated with it is rather too much. */
const bytesPerToken = 3;
/** What a turn's frame takes, at the most usual. */
const tokensPerTurn = 8;

/** One model of another server. */
export class RemoteWorker implements ReadyModel {
  readonly info: LoadedModelInfo;
  readonly #server: RemoteServer;
  readonly #remoteId: string;
  readonly #dialect: RemoteDialect;
  readonly #onFailure: (error: AppError) => void;
  readonly #running = new Map<string, AbortController>();

  /** `onFailure` hears of what may mean that the server is gone. */
  constructor(
    server: RemoteServer,
    model: { remoteId: string; contextTokens: number; dialect: RemoteDialect },
    onFailure: (error: AppError) => void,
  ) {
    this.#server = server;
    this.#remoteId = model.remoteId;
    this.#dialect = model.dialect;
    this.#onFailure = onFailure;
    this.info = { contextTokens: model.contextTokens, sequences: 1, threads: 0, hasTemplate: true, gpu: false };
  }

  generate(job: WorkerJob, listener: GenerationListener): void {
    const abort = new AbortController();
    this.#running.set(job.id, abort);
    void this.#run(job, listener, abort.signal)
      .catch((error: unknown) => listener.failed(this.#known(error)))
      .finally(() => this.#running.delete(job.id));
  }

  stop(id: string): void {
    this.#running.get(id)?.abort();
  }

  /** Ends everything that runs. */
  stopAll(): void {
    for (const abort of [...this.#running.values()]) abort.abort();
  }

  countTokens(input: PromptInput): Promise<number> {
    return Promise.resolve(estimateTokens(input));
  }

  async embed(input: EmbeddingInput, signal?: AbortSignal): Promise<{ vector: number[]; promptTokens: number }> {
    const body = {
      model: this.#remoteId,
      input: "text" in input ? input.text : input.tokens,
      encoding_format: "float",
    };
    const abort = new AbortController();
    const id = randomId();
    this.#running.set(id, abort);
    const stop = () => abort.abort();
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const parsed = embeddingSchema.safeParse(await this.#server.post("/embeddings", body, abort.signal));
      const vector = parsed.data?.data[0]?.embedding;
      if (parsed.data === undefined || vector === undefined)
        throw new AppError("engine_failed", `The engine ${this.#server.address.name} sent no embedding.`);
      return { vector: toLengthOne(vector), promptTokens: parsed.data.usage?.prompt_tokens ?? estimateTokens(input) };
    } catch (error) {
      throw this.#known(error);
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#running.delete(id);
    }
  }

  async #run(job: WorkerJob, listener: GenerationListener, signal: AbortSignal): Promise<void> {
    const reply = new ReplyFigures(this.info.contextTokens, job.sampling.seed);
    try {
      const { path, body } = remoteRequest(this.#remoteId, this.#dialect, job);
      const stream = await this.#server.open(path, body, signal);
      if (job.options.echo === true && "text" in job.input) listener.text(job.input.text, 0);
      const stopReason = await this.#read(stream, reply, listener);
      listener.done({ type: "done", id: job.id, stopReason, stats: reply.stats() });
    } catch (error) {
      // Stopped by whoever asked for it: the connection's end is what ends the work on the other side.
      if (!signal.aborted) throw error;
      listener.done({ type: "done", id: job.id, stopReason: "stopped", stats: reply.stats() });
    }
  }

  async #read(
    stream: AsyncIterable<Uint8Array>,
    reply: ReplyFigures,
    listener: GenerationListener,
  ): Promise<Exclude<StopReason, "error" | "stopped">> {
    const { name } = this.#server.address;
    let finish: string | undefined;
    let thinking = false;
    const show = (text: string) => {
      // Nobody says how far the prompt has been read; with the first piece it has been.
      if (reply.pieces === 0) listener.reading(0, 0);
      reply.count();
      listener.text(text, 1);
    };
    for await (const data of readEventStream(stream)) {
      if (data === "[DONE]") break;
      const chunk = parseChunk(data, name);
      if (chunk.error !== undefined && chunk.error !== null) throw streamedError(name, chunk.error);
      if (chunk.usage) reply.usage = chunk.usage;
      const choice = chunk.choices?.[0];
      if (choice === undefined) continue;
      const thought = choice.delta?.reasoning_content ?? choice.delta?.reasoning ?? "";
      if (thought !== "") {
        show(thinking ? thought : `<think>${thought}`);
        thinking = true;
      }
      const text = choice.text ?? choice.delta?.content ?? "";
      if (text !== "") {
        show(thinking ? `</think>${text}` : text);
        thinking = false;
      }
      finish = choice.finish_reason ?? finish;
    }
    if (finish === undefined) throw brokenOff(name);
    if (finish !== "length") return "end";
    return reply.totalTokens >= this.info.contextTokens ? "context" : "length";
  }

  #known(error: unknown): AppError {
    const known = error instanceof AppError ? error : brokenOff(this.#server.address.name, error);
    if (known.code === "engine_unreachable" || known.code === "engine_failed") this.#onFailure(known);
    return known;
  }
}

function parseChunk(data: string, name: string): z.infer<typeof chunkSchema> {
  try {
    return chunkSchema.parse(JSON.parse(data));
  } catch (cause) {
    throw new AppError("engine_failed", `The engine ${name} sent something that is no part of a reply.`, {
      hint: "Its address has to lead to an OpenAI-compatible API, as http://host:8000/v1.",
      cause,
    });
  }
}

function estimateTokens(input: PromptInput | EmbeddingInput): number {
  if ("tokens" in input) return input.tokens.length;
  const texts = "text" in input ? [input.text] : input.turns.map(({ content }) => content);
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return Math.ceil(bytes / bytesPerToken) + ("text" in input ? 1 : texts.length * tokensPerTurn);
}

function toLengthOne(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  return length > 0 ? vector.map((value) => value / length) : [...vector];
}
