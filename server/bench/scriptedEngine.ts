/**
 * A worker process without a model: it speaks the messages of a real one and makes tokens by the clock, so that load tests find
 * what the program around the engine costs, and fault tests see every way in which a worker can fail. Its one argument is the
 * script as JSON. Used by tests and benchmarks alone.
 */
import type { FullSampling } from "../protocol/sampling.js";
import type { LoadOptions, PromptInput, WorkerMessage, WorkerRequest } from "../workers/messages.js";
import { monotonicMs } from "./monotonicMs.js";
import { type Script, scriptOf, scriptSchema, stampedPiece } from "./script.js";

const base = scriptSchema.parse(JSON.parse(process.argv[2] ?? "{}"));

function send(message: WorkerMessage): void {
  if (process.connected) process.send?.(message);
}

function promptText(input: PromptInput): string {
  if ("text" in input) return input.text;
  return "turns" in input ? (input.turns.findLast(({ role }) => role === "user")?.content ?? "") : "";
}

/** As many as a tokenizer would roughly make. */
function countTokens(input: PromptInput): number {
  if ("tokens" in input) return input.tokens.length;
  const text = "text" in input ? input.text : input.turns.map(({ content }) => content).join("\n");
  return Math.max(1, Math.ceil(text.length / 4));
}

/** The prompt is read in steps of this many tokens. */
const readStepTokens = 128;

class ScriptedGeneration {
  readonly id: string;
  readonly #script: Script;
  readonly #promptTokens: number;
  readonly #sampling: FullSampling;
  readonly #onEnd: () => void;
  #timer: NodeJS.Timeout | undefined;
  #generatedTokens = 0;
  #startMs = 0;
  #firstTokenMs = 0;
  #hung = false;

  constructor(id: string, input: PromptInput, sampling: FullSampling, onEnd: () => void) {
    this.id = id;
    this.#script = scriptOf(base, promptText(input));
    this.#promptTokens = countTokens(input);
    this.#sampling = sampling;
    this.#onEnd = onEnd;
  }

  start(): void {
    this.#startMs = monotonicMs();
    this.#read(0);
  }

  stop(): void {
    if (this.#hung) return;
    this.#end("stopped");
  }

  #read(evaluatedTokens: number): void {
    send({ type: "reading", id: this.id, evaluatedTokens, promptTokens: this.#promptTokens });
    const { promptTokensPerSecond } = this.#script;
    const left = this.#promptTokens - 1 - evaluatedTokens;
    if (left <= 0) {
      this.#firstTokenMs = monotonicMs() + 1000 / this.#script.tokensPerSecond;
      this.#wait(this.#firstTokenMs, () => this.#answer());
      return;
    }
    const step = promptTokensPerSecond === 0 ? left : Math.min(readStepTokens, left);
    const waitMs = promptTokensPerSecond === 0 ? 0 : (step / promptTokensPerSecond) * 1000;
    this.#wait(monotonicMs() + waitMs, () => this.#read(evaluatedTokens + step));
  }

  #answer(): void {
    const { fault, faultAfterTokens, tokensPerSecond, pieces, pieceLength } = this.#script;
    if (fault !== undefined && this.#generatedTokens === faultAfterTokens) {
      if (fault === "dieWhileAnswering") process.kill(process.pid, "SIGKILL");
      if (fault === "garbage") sendGarbage(this.id);
      if (fault === "failDraft") send({ type: "draftFailed", reason: "the script says so" });
      if (fault === "hangWhileAnswering") {
        this.#hung = true;
        return;
      }
    }
    const index = this.#generatedTokens++;
    const text =
      pieces === undefined ? stampedPiece(index, monotonicMs()).padEnd(pieceLength, ".") : (pieces[index] ?? "");
    send({ type: "text", id: this.id, text, tokenCount: 1 });
    if (pieces !== undefined && this.#generatedTokens >= pieces.length) this.#end("end");
    else if (this.#generatedTokens >= this.#sampling.maxTokens) this.#end("length");
    else if (this.#promptTokens + this.#generatedTokens >= base.contextTokens) this.#end("context");
    else this.#wait(this.#firstTokenMs + (this.#generatedTokens * 1000) / tokensPerSecond, () => this.#answer());
  }

  /** By the shared clock, so that a late timer does not slow the whole reply down. */
  #wait(untilMs: number, then: () => void): void {
    this.#timer = setTimeout(then, Math.max(0, untilMs - monotonicMs()));
  }

  #end(stopReason: "end" | "stopped" | "length" | "context"): void {
    clearTimeout(this.#timer);
    const nowMs = monotonicMs();
    const generationMs = this.#generatedTokens === 0 ? 0 : nowMs - this.#firstTokenMs;
    send({
      type: "done",
      id: this.id,
      stopReason,
      stats: {
        promptTokens: this.#promptTokens,
        cachedTokens: 0,
        generatedTokens: this.#generatedTokens,
        contextTokens: base.contextTokens,
        promptEvalMs: (this.#generatedTokens === 0 ? nowMs : this.#firstTokenMs) - this.#startMs,
        generationMs,
        tokensPerSecond: generationMs > 0 ? ((this.#generatedTokens - 1) / generationMs) * 1000 : 0,
        seed: this.#sampling.seed,
      },
    });
    this.#onEnd();
  }
}

const running = new Map<string, ScriptedGeneration>();
const waiting: ScriptedGeneration[] = [];

function generate({ id, input, sampling }: WorkerRequest & { type: "generate" }): void {
  const generation = new ScriptedGeneration(id, input, sampling, () => {
    running.delete(id);
    startNext();
  });
  waiting.push(generation);
  startNext();
  const position = waiting.indexOf(generation) + 1;
  if (position > 0) send({ type: "queued", id, position });
}

function startNext(): void {
  let next: ScriptedGeneration | undefined;
  while (running.size < base.sequences) {
    next = waiting.shift();
    if (next === undefined) return;
    running.set(next.id, next);
    next.start();
  }
}

function stop(id: string): void {
  const index = waiting.findIndex((generation) => generation.id === id);
  if (index >= 0) waiting.splice(index, 1)[0]?.stop();
  else running.get(id)?.stop();
}

function sendFigures(id: string): void {
  const lanes = [...running.keys()].map((generationId) => ({ generationId, heldTokens: 0 }));
  const { rss: residentBytes } = process.memoryUsage();
  send({ type: "figures", id, figures: { threads: 1, residentBytes, lanes, waiting: waiting.length, batches: [] } });
}

/** Everything a process that has lost its mind may send. */
function sendGarbage(id: string): void {
  const things: unknown[] = [
    null,
    42,
    "text",
    [],
    {},
    { type: "nonsense" },
    { type: "text" },
    { type: "text", id, text: 5, tokenCount: "x" },
    { type: "text", id: "nobody", text: "x", tokenCount: 1 },
    { type: "reading", id, evaluatedTokens: null },
    { type: "ready" },
    { type: "loading", progress: "half" },
    { type: "done", id: "nobody" },
    { type: "failed", id: "nobody", error: null },
  ];
  for (const thing of things) process.send?.(thing);
}

function load({ gpu }: LoadOptions): void {
  const usedGpu = gpu === "auto" ? base.gpu : undefined;
  send({ type: "opened", gpu: usedGpu ?? false });
  const fault = base.gpu === undefined || usedGpu !== undefined ? base.fault : undefined;
  if (fault === "hangOnLoad") return;
  if (fault === "dieOnLoad") process.exit(3);
  const draftFailure = fault === "failDraftOnLoad" ? { draftFailure: "the script says so" } : {};
  if (fault === "failOnLoad") {
    send({
      type: "loadFailed",
      error: { code: "model_load_failed", message: "The model cannot be loaded: the script says so." },
    });
    return;
  }
  send({ type: "loading", progress: 0.5 });
  setTimeout(() => {
    send({ type: "loading", progress: 1 });
    const { contextTokens, sequences } = base;
    const gpu = usedGpu ?? false;
    send({ type: "ready", info: { contextTokens, sequences, threads: 1, hasTemplate: false, gpu, ...draftFailure } });
  }, base.loadMs);
}

process.on("message", (request: WorkerRequest) => {
  switch (request.type) {
    case "load":
      load(request.options);
      break;
    case "generate":
      generate(request);
      break;
    case "stop":
      stop(request.id);
      break;
    case "count":
      send({ type: "counted", id: request.id, promptTokens: countTokens(request.input) });
      break;
    case "embed":
      send({ type: "embedded", id: request.id, vector: [1, 0, 0], promptTokens: countTokens(request.input) });
      break;
    case "figures":
      sendFigures(request.id);
      break;
    case "fixThreads":
    case "limitThreads":
    case "forget":
      break;
    case "close":
      if (base.fault !== "deaf") process.exit(0);
      break;
    default:
      request satisfies never;
  }
});
if (base.fault === "deaf") process.on("SIGTERM", () => {});
process.on("disconnect", () => process.exit(0));
