import { existsSync } from "node:fs";
import {
  type ControlledEvaluateInputItem,
  getLlama,
  type Llama,
  type LlamaContext,
  type LlamaContextSequence,
  type LlamaEmbeddingContext,
  LlamaGrammarEvaluationState,
  LlamaLogLevel,
  type LlamaModel,
  type Token,
  TokenBias,
} from "node-llama-cpp";
import { AppError } from "../../platform/AppError.js";
import type { PromptPart } from "../../prompts/PromptPart.js";
import { probeToolFormat } from "../../prompts/probeToolFormat.js";
import type { TemplateTokens } from "../../prompts/renderChatTemplate.js";
import { biasLimits, type FullSampling } from "../../protocol/sampling.js";
import type { EngineHardware, LoadedModelInfo, LoadOptions } from "../messages.js";
import { Batcher, type BatchWatcher } from "./Batcher.js";
import { contextOptions, headSizeOf } from "./contextOptions.js";
import { numberOptions } from "./numberOptions.js";
import type { Vocabulary } from "./ReplyWriter.js";
import { tokenBytes } from "./tokenBytes.js";

/** Prompt tokens that go into one native call at most; other sequences wait that long. */
const batchTokens = 512;

/** Why llama.cpp refused a file is only in its log, so the last complaints are kept for the error message. */
class EngineLog {
  readonly #lines: string[] = [];

  readonly write = (level: LlamaLogLevel, message: string): void => {
    if (level !== LlamaLogLevel.error && level !== LlamaLogLevel.fatal && level !== LlamaLogLevel.warn) return;
    this.#lines.push(message.trim());
    if (this.#lines.length > 20) this.#lines.shift();
  };

  get lastComplaint(): string | undefined {
    return this.#lines.findLast((line) => line !== "" && !line.startsWith("llama_model_load_from_file_impl: failed"));
  }
}

/** Who is told while a model is loaded, and of its batches after that. */
interface LoadWatchers {
  onOpened?(gpu: string | false): void;
  onProgress?(progress: number): void;
  batchWatcher?: BatchWatcher;
}

/** The model in this process: its tokenizer and its sequences. The only file that knows node-llama-cpp. */
export class Engine {
  readonly info: LoadedModelInfo;
  readonly template: string | undefined;
  readonly templateTokens: TemplateTokens;
  readonly batcher: Batcher;
  readonly vocabulary: Vocabulary;
  readonly speculation: LoadOptions["speculation"];
  readonly #llama: Llama;
  readonly #model: LlamaModel;
  readonly #context: LlamaContext;
  readonly #vocabularyTokens: number;
  /** Every token that ends a text. */
  readonly #endTokens: readonly Token[];
  #embedding: Promise<LlamaEmbeddingContext> | undefined;

  private constructor(
    llama: Llama,
    model: LlamaModel,
    context: LlamaContext,
    batcher: Batcher,
    options: LoadOptions,
    hardware: EngineHardware,
  ) {
    this.batcher = batcher;
    this.speculation = options.speculation;
    this.#llama = llama;
    this.#model = model;
    this.#context = context;
    const metadata = model.fileInfo.metadata.tokenizer;
    this.template = metadata.chat_template;
    const { tokens, token_type: types } = metadata.ggml;
    this.templateTokens = {
      bosToken: model.tokens.bosString ?? "",
      eosToken: model.tokens.eosString ?? "",
      // Types 3 (control) and 4 (user-defined) are matched as whole texts. Source: llama.cpp include/llama.h, llama_token_type.
      specialTokens: tokens.filter((_, index) => types?.[index] === 3 || types?.[index] === 4),
    };
    this.vocabulary = {
      detokenize: (ids, previous) => this.detokenize(ids as Token[], previous as Token[]),
      tokenBytes: (token) => tokenBytes(tokens[token] ?? "", types?.[token], metadata.ggml.model),
    };
    this.#vocabularyTokens = tokens.length;
    this.#endTokens = tokens.map((_, index) => index as Token).filter((token) => model.isEogToken(token));
    const toolFormat = probeToolFormat(this.template, this.templateTokens);
    this.info = {
      contextTokens: context.contextSize,
      sequences: options.sequences,
      threads: options.threads,
      hasTemplate: this.template !== undefined,
      ...(toolFormat === undefined ? {} : { toolFormat }),
      gpu: llama.gpu,
      hardware,
    };
  }

  /**
   * Loads the weights and makes the context. `onOpened` gets the GPU that is tried, before anything is loaded there; `onProgress` gets 0
   * to 1. Throws `model_load_failed` with the engine's own reason.
   */
  static async load(
    options: LoadOptions,
    { onOpened, onProgress, batchWatcher = { begins: () => {}, observe: () => {} } }: LoadWatchers,
  ): Promise<Engine> {
    if (!existsSync(options.modelPath))
      throw new AppError("model_load_failed", "The model's file is gone.", { hint: "Install the model again." });
    const log = new EngineLog();
    const mostThreads = Math.max(options.maxThreads, options.batchThreads ?? 1);
    try {
      const llama = await getLlama({
        build: "never",
        gpu: options.gpu === "auto" ? "auto" : false,
        maxThreads: mostThreads,
        logLevel: LlamaLogLevel.warn,
        logger: log.write,
        skipDownload: true,
      });
      onOpened?.(llama.gpu);
      const model = await llama.loadModel({
        modelPath: options.modelPath,
        ...(onProgress === undefined ? {} : { onLoadProgress: onProgress }),
        ...(llama.gpu === false ? {} : { gpuLayers: options.gpuLayers ?? layersBesideContext(options) }),
        ...weightsOptions(options.weightsIn),
      });
      const batcher = new Batcher(batchWatcher);
      const context = await model.createContext({
        batching: { itemPrioritizationStrategy: batcher.strategy },
        sequences: options.sequences,
        contextSize: Math.min(options.contextTokens, model.trainContextSize),
        batchSize: batchTokens,
        threads: mostThreads,
        ...contextOptions(options, { gpu: llama.gpu, headSize: headSizeOf(model.fileInfo.architectureMetadata) }),
      });
      // The context takes what it may ever use from the limit at its making; only then is the limit what to begin with.
      llama.maxThreads = options.threads;
      keepSamplingFailuresApart(context);
      return new Engine(llama, model, context, batcher, options, await hardwareOf(llama));
    } catch (cause) {
      const reason = log.lastComplaint ?? (cause instanceof Error ? cause.message : String(cause));
      throw new AppError("model_load_failed", `The model cannot be loaded: ${reason}`, {
        hint: "The file may be damaged, of a kind this engine does not know, or too big for the memory. Install it again or choose a smaller one.",
        cause,
      });
    }
  }

  /** A lane of the KV cache. Hand-out order is the sequence id, from 0 on. */
  openSequence(): LlamaContextSequence {
    return this.#context.getSequence();
  }

  /** The parts' tokens, with the beginning-of-sequence token in front when the model wants one and the text did not bring it. */
  tokenize(parts: readonly PromptPart[]): Token[] {
    const tokens: Token[] = [];
    for (const [index, part] of parts.entries()) {
      const piece = this.#model.tokenize(part.text, part.special, index > 0 ? "trimLeadingSpace" : undefined);
      for (const token of piece) tokens.push(token);
    }
    const { bos, shouldPrependBosToken } = this.#model.tokens;
    if (shouldPrependBosToken && bos !== null && tokens[0] !== bos) tokens.unshift(bos);
    return tokens;
  }

  /** Token numbers that came from outside. Throws `bad_request` for one that the vocabulary does not have. */
  checkTokens(numbers: readonly number[], field = "prompt"): Token[] {
    const size = this.#vocabularyTokens;
    const unknown = numbers.find((number) => number >= size);
    if (unknown !== undefined)
      throw new AppError("bad_request", `The model's vocabulary has no token ${unknown}.`, {
        hint: `It has ${size} tokens, from 0 on.`,
        field,
      });
    return numbers as Token[];
  }

  detokenize(tokens: readonly Token[], previous: readonly Token[]): string {
    return this.#model.detokenize(tokens, false, previous);
  }

  /** Acts at the next batch. */
  setThreads(threads: number): void {
    this.#llama.maxThreads = threads;
  }

  get threads(): number {
    return this.#llama.maxThreads;
  }

  isEndToken(token: Token): boolean {
    return this.#model.isEogToken(token);
  }

  /**
   * Evaluates `tokens` and samples token after token; end tokens are among them. With `alternatives`, each comes with the
   * probabilities of all tokens that the sampling left to choose from (after penalties, truncation and temperature; with
   * temperature 0 nothing is cut off), the most probable first. Throws `bad_request` for a grammar that the engine refuses,
   * also in the middle: when no token fits where the text has come to.
   */
  async *sample(
    sequence: LlamaContextSequence,
    tokens: Token[],
    sampling: FullSampling,
    recentTokens: () => Token[],
    evaluationPriority: ReturnType<Batcher["priorityOf"]>,
  ): AsyncGenerator<{ token: Token; probabilities?: ReadonlyMap<Token, number> }, void, Token | undefined> {
    const biases = this.#biases(sampling);
    const options = {
      ...numberOptions(sampling, recentTokens, this.info.contextTokens),
      evaluationPriority,
      ...(biases.size === 0 ? {} : { tokenBias: toTokenBias(this.#model, biases) }),
      ...(sampling.grammar === undefined
        ? {}
        : { grammarEvaluationState: await this.#followGrammar(sampling.grammar) }),
    };
    try {
      if (sampling.alternatives === undefined) yield* sequence.evaluateWithMetadata(tokens, {}, options);
      else yield* sequence.evaluateWithMetadata(tokens, { probabilities: true }, options);
    } catch (cause) {
      if (sampling.grammar === undefined || !isSamplingFailure(cause)) throw cause;
      throw new AppError("bad_request", "The grammar leaves no token of the model's vocabulary to go on with.", {
        hint: "Check what it asks for after the text so far: it may want a character that no token has.",
        field: "grammar",
        cause,
      });
    }
  }

  /**
   * Evaluates `tokens` at once, of which the first is known and the rest are guesses, and returns what greedy sampling chooses after the
   * first, and after each guess that it has chosen: at least one token. The sequence holds all of them but the last.
   * `recent`: the penalties' window up to the first one.
   */
  async verify(
    sequence: LlamaContextSequence,
    tokens: Token[],
    sampling: FullSampling,
    recent: readonly Token[],
    evaluationPriority: ReturnType<Batcher["priorityOf"]>,
  ): Promise<Token[]> {
    const start = sequence.nextTokenIndex;
    const biases = this.#biases(sampling);
    const tokenBias = biases.size === 0 ? {} : { tokenBias: toTokenBias(this.#model, biases) };
    const window = (guesses: number) => [...recent, ...tokens.slice(1, guesses + 1)].slice(-sampling.repeatLastTokens);
    const results = await sequence.controlledEvaluate(
      tokens.map((token, index): ControlledEvaluateInputItem => {
        const options = numberOptions(sampling, () => window(index), this.info.contextTokens);
        return [token, { generateNext: { token: true, options: { ...options, ...tokenBias } } }];
      }),
      { evaluationPriority },
    );
    const chosen: Token[] = [];
    for (const result of results) {
      const token = result?.next.token;
      if (token === undefined || token === null) break;
      chosen.push(token);
      if (token !== tokens[chosen.length]) break;
    }
    if (chosen.length === 0) throw new AppError("generation_failed", "The engine could not choose a token.");
    const end = sequence.nextTokenIndex;
    if (start + chosen.length < end)
      await this.batcher.exclusive(() => sequence.eraseContextTokenRanges([{ start: start + chosen.length, end }]));
    return chosen;
  }

  /**
   * The embedding of a text: the model's last hidden state (pooled as the model says, or else of the last token), scaled to the
   * length 1. It has a context of its own, made when it is first needed. Throws `context_full`, `bad_request` for no tokens.
   */
  async embed(tokens: Token[], truncate: boolean): Promise<{ vector: number[]; promptTokens: number }> {
    if (tokens.length === 0) throw new AppError("bad_request", "There is nothing to embed.", { field: "input" });
    this.#embedding ??= this.#model.createEmbeddingContext({
      contextSize: this.info.contextTokens,
      batchSize: Math.min(batchTokens, this.info.contextTokens),
      threads: this.info.threads,
    });
    const context = await this.#embedding;
    // The engine may add an end token, and wants one place to be left.
    const room = this.info.contextTokens - 2;
    if (tokens.length > room && !truncate)
      throw new AppError("context_full", `This takes ${tokens.length} tokens and the model's context holds ${room}.`, {
        hint: "Embed it in parts.",
        field: "input",
      });
    const input = tokens.slice(0, room);
    const promptTokens = context.calculateInputLength([...input]);
    const { vector } = await context.getEmbeddingFor([...input]);
    const length = Math.hypot(...vector);
    return { vector: vector.map((value) => (length > 0 ? value / length : 0)), promptTokens };
  }

  /** Biases by token; at the lowest one a token never comes. A grammar decides by itself where the text ends. */
  #biases({ logitBias, ignoreEos, grammar }: FullSampling): Map<Token, number> {
    const biases = new Map<Token, number>();
    if (ignoreEos && grammar === undefined)
      for (const token of this.#endTokens) biases.set(token, Number.NEGATIVE_INFINITY);
    for (const { token, bias } of logitBias) {
      const logit = bias <= biasLimits.min ? Number.NEGATIVE_INFINITY : bias;
      const biased =
        typeof token === "string" ? this.#model.tokenize(token, true) : this.checkTokens([token], "logit_bias");
      for (const each of biased) biases.set(each, logit);
    }
    return biases;
  }

  async #followGrammar(grammar: string): Promise<LlamaGrammarEvaluationState> {
    try {
      return new LlamaGrammarEvaluationState({
        model: this.#model,
        grammar: await this.#llama.createGrammar({ grammar }),
      });
    } catch (cause) {
      throw new AppError("bad_request", "The engine refuses the grammar.", {
        hint: "It may repeat too much: write fewer and smaller counts.",
        field: "grammar",
        cause,
      });
    }
  }

  async close(): Promise<void> {
    await this.#llama.dispose();
  }
}

/** As many layers as the GPU's memory takes beside the KV caches of all lanes; what does not fit stays with the CPU. */
function layersBesideContext({ contextTokens, sequences }: LoadOptions) {
  return { fitContext: { contextSize: contextTokens * sequences } };
}

/** What a sampler gives in place of a token when it cannot choose one. Source: llama.cpp include/llama.h, LLAMA_TOKEN_NULL. */
const noToken = -1;

/**
 * A sampler that fails (a grammar to which no token fits) rejects inside the engine's batch loop, which nobody awaits: the
 * process would end and with it everybody's replies. As "no token" the failure reaches its own sequence alone.
 */
function keepSamplingFailuresApart(context: LlamaContext): void {
  const native: unknown = Reflect.get(context, "_ctx");
  const sampleToken: unknown = native instanceof Object ? Reflect.get(native, "sampleToken") : undefined;
  if (!(native instanceof Object) || typeof sampleToken !== "function")
    throw new AppError("internal", "The engine samples its tokens elsewhere.");
  const settled = async (...args: unknown[]): Promise<unknown> => {
    try {
      return await Reflect.apply(sampleToken, native, args);
    } catch {
      return noToken;
    }
  };
  // Defined, not set: the method on the prototype is read-only.
  Object.defineProperty(native, "sampleToken", { value: settled });
}

/** The engine's own words for `noToken`. Source: node-llama-cpp LlamaContext.ts, `_evaluate`. */
function isSamplingFailure(error: unknown): boolean {
  return error instanceof Error && error.message === "Failed to sample next token";
}

/** `systemInfo` reads `CPU : SSE3 = 1 | AVX2 = 1 | …`; features that are off are left out of it or 0. */
async function hardwareOf(llama: Llama): Promise<EngineHardware> {
  const cpuFeatures = [...llama.systemInfo.matchAll(/(\w+) = 1\b/g)].map(([, name = ""]) => name);
  if (llama.gpu === false) return { cpuFeatures, gpuNames: [], gpuMemoryBytes: 0 };
  return {
    cpuFeatures,
    gpuNames: await llama.getGpuDeviceNames(),
    gpuMemoryBytes: (await llama.getVramState()).total,
  };
}

/** The biases by token. The engine's own `set` passes over end tokens, which OpenAI's clients do bias. */
function toTokenBias(model: LlamaModel, biases: ReadonlyMap<Token, number>): TokenBias {
  const tokenBias = TokenBias.for(model);
  const entries: unknown = Reflect.get(tokenBias, "_biases");
  if (!(entries instanceof Map)) throw new AppError("internal", "The engine keeps its token biases elsewhere.");
  for (const [token, bias] of biases) entries.set(token, bias);
  return tokenBias;
}

export type { LlamaContextSequence as Sequence, Token };

function weightsOptions(place: LoadOptions["weightsIn"] = "mapped") {
  if (place === "mapped") return {};
  return place === "copied" ? { useMmap: false } : { useMlock: true };
}
