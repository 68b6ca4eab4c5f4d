/**
 * What runs inside a worker process: one model, driven by messages. It knows no path but the model's, no secret and no client.
 * It ends when it is told to or when the server is gone (the channel closes), whatever it is doing.
 */
import { AppError } from "../../platform/AppError.js";
import { formatStopStrings, renderPrompt } from "../../prompts/renderPrompt.js";
import type { PromptInput, WorkerMessage, WorkerRequest } from "../messages.js";
import { Engine, type Token } from "./engine.js";
import { fitPrompt } from "./fitPrompt.js";
import { GovernedThreads } from "./GovernedThreads.js";
import { Lanes } from "./Lanes.js";
import { Outbox } from "./Outbox.js";
import { ParkedStates } from "./ParkedStates.js";
import { runGeneration } from "./runGeneration.js";

const outbox = new Outbox((messages) => {
  if (process.connected) process.send?.(messages);
});
const send = (message: WorkerMessage): void => outbox.send(message);

/** Long enough that nobody is in the middle of a conversation. */
const parkAfterIdleMs = 5_000;

let engine: Engine | undefined;
let lanes: Lanes | undefined;
let threads: GovernedThreads | undefined;
const running = new Map<string, AbortController>();
/** Texts that are being embedded, or wait for that. */
const embedding = new Map<string, AbortController>();
const replies = new Set<Promise<void>>();

function loaded(): { engine: Engine; lanes: Lanes } {
  if (engine === undefined || lanes === undefined) throw new AppError("internal", "The worker has no model.");
  return { engine, lanes };
}

/** A text of so many UTF-16 units is not read at all: the tokenizer runs in one go and holds up everybody else meanwhile. */
const maxTextLength = 4_000_000;
/** No vocabulary has tokens that are longer than this on the average: a longer text cannot fit. */
const maxTokenLength = 64;

function tokenizeInput(
  input: PromptInput,
  mostTokens = Number.POSITIVE_INFINITY,
): { tokens: Token[]; stopStrings: readonly string[] } {
  const { engine } = loaded();
  const length = textLength(input);
  if (length > Math.min(maxTextLength, (mostTokens + 256) * maxTokenLength))
    throw new AppError("context_full", `This has ${length} characters, which is more than any context holds.`, {
      hint: "Start a new chat, or shorten what you send.",
    });
  if ("tokens" in input) return { tokens: engine.checkTokens(input.tokens), stopStrings: [] };
  if ("text" in input) return { tokens: engine.tokenize([{ text: input.text, special: false }]), stopStrings: [] };
  const { template, toolTemplate, templateTokens } = engine;
  const parts = renderPrompt(
    input.format,
    input.turns,
    { template, toolTemplate, tokens: templateTokens },
    input.tools,
  );
  return { tokens: engine.tokenize(parts), stopStrings: formatStopStrings(input.format) };
}

function textLength(input: PromptInput): number {
  if ("tokens" in input) return 0;
  if ("text" in input) return input.text.length;
  return input.turns.reduce((sum, { content }) => sum + content.length, 0);
}

async function load(request: WorkerRequest & { type: "load" }): Promise<void> {
  try {
    const { options } = request;
    const governed = new GovernedThreads(options, (count) => engine?.setThreads(count));
    threads = governed;
    engine = await Engine.load(options, {
      onOpened: (gpu) => send({ type: "opened", gpu }),
      onProgress: reportProgress(),
      batchWatcher: {
        begins(decoding, promptTokens) {
          governed.begins(decoding, promptTokens);
          outbox.batchBegins();
        },
        observe: (observation) => governed.observe(observation),
      },
      onDraftFailed: (reason) => send({ type: "draftFailed", reason }),
    });
    governed.begin();
    const parked =
      options.parking === undefined ? undefined : await ParkedStates.open(options.parking.folderPath, options.parking);
    lanes = new Lanes(engine, engine.batcher, parked);
    send({ type: "ready", info: engine.info });
  } catch (error) {
    send({ type: "loadFailed", error: AppError.from(error).toInfo() });
  }
}

/** The engine reports every tensor; nobody sees steps smaller than these. */
function reportProgress(): (progress: number) => void {
  let sent = -1;
  let sentMs = 0;
  return (progress) => {
    const nowMs = performance.now();
    if (progress < 1 && (progress - sent < 0.01 || nowMs - sentMs < 50)) return;
    sent = progress;
    sentMs = nowMs;
    send({ type: "loading", progress });
  };
}

/** The prompt as the client knows it. */
function echoText(engine: Engine, input: PromptInput, tokens: Token[]): string {
  return "text" in input ? input.text : engine.detokenize(tokens, []);
}

async function generate({
  id,
  input,
  sampling,
  client,
  owner,
  priority,
  options,
}: WorkerRequest & { type: "generate" }): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const { engine, lanes } = loaded();
    if (engine.isEncoderOnly)
      throw new AppError("unsupported_parameter", "This model makes embeddings and writes no replies.", {
        hint: "Choose another model to write, and send this one texts at /v1/embeddings.",
        field: "model",
      });
    const { tokens, stopStrings } = tokenizeInput(
      input,
      options.contextShift === true ? undefined : engine.info.contextTokens,
    );
    const promptTokens = fitPrompt(tokens, engine.info.contextTokens, options.contextShift === true);
    let echo = options.echo === true;
    const outcome = await lanes.use(
      {
        generationId: id,
        client,
        owner,
        priority,
        promptTokens,
        reusePrefix: options.cachePrompt !== false,
        conversationId: options.conversationId,
        temporary: options.temporary === true,
        signal: controller.signal,
        onPosition: (position) => send({ type: "queued", id, position }),
      },
      (lane) =>
        runGeneration(engine, lane, {
          promptTokens,
          droppedTokens: tokens.length - promptTokens.length,
          // Whoever ignores the model's own end wants the full length: the format's stop strings would end it all the same.
          sampling: sampling.ignoreEos ? sampling : { ...sampling, stop: [...sampling.stop, ...stopStrings] },
          reusePrefix: options.cachePrompt !== false,
          shared: lanes.shared,
          contextShift: options.contextShift === true,
          signal: controller.signal,
          onReading: (evaluatedTokens, promptTokens) => {
            if (echo) send({ type: "text", id, text: echoText(engine, input, tokens), tokenCount: 0 });
            echo = false;
            send({ type: "reading", id, evaluatedTokens, promptTokens });
          },
          onText: (text, tokenCount, tokens) =>
            outbox.hold({ type: "text", id, text, tokenCount, ...(tokens === undefined ? {} : { tokens }) }),
        }),
    );
    send({
      type: "done",
      id,
      ...(outcome ?? {
        stopReason: "stopped",
        stats: {
          promptTokens: tokens.length,
          cachedTokens: 0,
          generatedTokens: 0,
          contextTokens: engine.info.contextTokens,
          promptEvalMs: 0,
          generationMs: 0,
          tokensPerSecond: 0,
          seed: sampling.seed,
        },
      }),
    });
  } catch (error) {
    send({ type: "failed", id, error: failure(error).toInfo() });
  } finally {
    running.delete(id);
    parkWhenIdle();
  }
}

let parkTimer: NodeJS.Timeout | undefined;

/** After a while without work the lanes' caches are put to disk, so that those who return find them after a restart too. */
function parkWhenIdle(): void {
  clearTimeout(parkTimer);
  if (running.size > 0) return;
  // Who comes meanwhile would wait for what is put to disk, and for more than one of them.
  parkTimer = setTimeout(() => void lanes?.parkIdle(() => running.size === 0), parkAfterIdleMs);
}

function count({ id, input }: WorkerRequest & { type: "count" }): void {
  try {
    send({ type: "counted", id, promptTokens: tokenizeInput(input).tokens.length });
  } catch (error) {
    send({ type: "failed", id, error: failure(error).toInfo() });
  }
}

function figures({ id }: WorkerRequest & { type: "figures" }): void {
  if (engine === undefined || lanes === undefined) return;
  send({
    type: "figures",
    id,
    figures: {
      threads: engine.threads,
      residentBytes: process.memoryUsage.rss(),
      ...lanes.figures,
      batches: [...engine.batcher.batchSizes].map(([sequences, count]) => ({ sequences, count })),
    },
  });
}

async function embed({ id, input }: WorkerRequest & { type: "embed" }): Promise<void> {
  const controller = new AbortController();
  embedding.set(id, controller);
  try {
    const { tokens } = tokenizeInput(input);
    const { engine } = loaded();
    send({ type: "embedded", id, ...(await engine.embed(tokens, input.truncate === true, controller.signal)) });
  } catch (error) {
    send({ type: "failed", id, error: failure(error).toInfo() });
  } finally {
    embedding.delete(id);
  }
}

function failure(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError("generation_failed", "The engine failed while making the reply.", {
    hint: error instanceof Error ? error.message : String(error),
    cause: error,
  });
}

const forgetting = new Set<Promise<unknown>>();

function forget(conversationId: string): void {
  // Where the engine fails the rest is forgotten all the same, and the worker lives; what is on disk the server deletes, too.
  const work = Promise.allSettled([lanes?.forget(conversationId), engine?.draft?.forget()]).finally(() =>
    forgetting.delete(work),
  );
  forgetting.add(work);
}

async function close(): Promise<void> {
  for (const controller of [...running.values(), ...embedding.values()]) controller.abort();
  await Promise.all(replies);
  await Promise.all(forgetting);
  // Whoever returns finds what they had; should that take too long, the process is ended and what is half written is dropped.
  await lanes?.parkIdle();
  await engine?.close();
  process.exit(0);
}

process.on("message", (request: WorkerRequest) => {
  switch (request.type) {
    case "load":
      void load(request);
      break;
    case "generate": {
      const reply = generate(request).finally(() => replies.delete(reply));
      replies.add(reply);
      break;
    }
    case "stop":
      running.get(request.id)?.abort();
      embedding.get(request.id)?.abort();
      break;
    case "count":
      count(request);
      break;
    case "embed":
      void embed(request);
      break;
    case "figures":
      figures(request);
      break;
    case "forget":
      forget(request.conversationId);
      break;
    case "limitThreads":
      threads?.limit(request.threads);
      break;
    case "fixThreads":
      threads?.fix(request.threads, request.batchThreads);
      break;
    case "close":
      void close();
      break;
    default:
      request satisfies never;
  }
});
// Ctrl-C in a terminal goes to every process there; what it means is the server's to say.
process.on("SIGINT", () => {});
// The server is gone: nobody can stop this process any more but itself.
process.on("disconnect", () => process.exit(0));
