import { existsSync } from "node:fs";
import { AppError } from "../../platform/AppError.js";
import type { PromptPart } from "../../prompts/PromptPart.js";
import { probeToolFormat } from "../../prompts/probeToolFormat.js";
import type { TemplateTokens } from "../../prompts/renderChatTemplate.js";
import type { FullSampling } from "../../protocol/sampling.js";
import type { EngineHardware, LoadedModelInfo, LoadOptions } from "../messages.js";
import { Batcher, type BatchWatcher } from "./Batcher.js";
import { contextOptions, headSizeOf } from "./contextOptions.js";
import { DraftEngine } from "./DraftEngine.js";
import type { DraftModel } from "./DraftModel.js";
import { Embedder } from "./Embedder.js";
import { EngineLog } from "./EngineLog.js";
import { hardwareOf } from "./hardwareOf.js";
import { isEncoderOnly } from "./isEncoderOnly.js";
import { isSamplingFailure, keepSamplingFailuresApart } from "./keepSamplingFailuresApart.js";
import { logitBiases } from "./logitBiases.js";
import {
  batchTokens,
  type ControlledEvaluateInputItem,
  followGrammar,
  type Llama,
  type LlamaContext,
  type LlamaModel,
  openLlama,
  openModel,
  type Sequence,
  type Token,
  toTokenBias,
} from "./nativeEngine.js";
import { numberOptions } from "./numberOptions.js";
import type { Vocabulary } from "./ReplyWriter.js";
import type { ReadingPace } from "./SliceSizes.js";
import { tokenBytes } from "./tokenBytes.js";

/** Tokens among which a draft's guess has its probability. */
const likeliestTokens = 8;

/** Who is told while a model is loaded, and of its batches and its draft after that. */
interface LoadWatchers {
  onOpened?: ((gpu: string | false) => void) | undefined;
  onProgress?: ((progress: number) => void) | undefined;
  batchWatcher?: BatchWatcher;
  /** The draft could not go on and was freed; the model goes on without it. */
  onDraftFailed?: ((reason: string) => void) | undefined;
}

/** The model in this process: its tokenizer and its sequences. */
export class Engine {
  readonly info: LoadedModelInfo;
  readonly template: string | undefined;
  /** The one for conversations with functions, where the file has one of its own for them. */
  readonly toolTemplate: string | undefined;
  readonly templateTokens: TemplateTokens;
  readonly batcher: Batcher;
  readonly vocabulary: Vocabulary;
  readonly speculation: LoadOptions["speculation"];
  /** Tokens that go into one batch at most. */
  readonly batchTokens = batchTokens;
  readonly readingPace: ReadingPace = {};
  /** Values of an embedding where attention is computed in tiles; 0 where it is not. */
  readonly tiledWidth: number;
  /** It writes no texts. */
  readonly isEncoderOnly: boolean;
  readonly #llama: Llama;
  readonly #model: LlamaModel;
  readonly #context: LlamaContext;
  readonly #vocabularyTokens: number;
  /** Every token that ends a text. */
  readonly #endTokens: readonly Token[];
  #draft: DraftEngine | undefined;
  readonly #embedder: Embedder;

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
    const inTiles = llama.gpu === false && context.flashAttention !== false && (options.kvCacheType ?? "f16") === "f16";
    this.tiledWidth = inTiles ? (model.fileInfo.architectureMetadata.embedding_length ?? 0) : 0;
    const { architecture } = model.fileInfo.metadata.general;
    this.isEncoderOnly = isEncoderOnly(architecture, model.fileInfo.architectureMetadata.attention?.causal);
    const metadata = model.fileInfo.metadata.tokenizer;
    // A blank one would make an empty prompt of every conversation.
    this.template = metadata.chat_template?.trim() ? metadata.chat_template : undefined;
    const forTools: unknown = Reflect.get(metadata, "chat_template.tool_use");
    this.toolTemplate = typeof forTools === "string" && forTools.trim() ? forTools : this.template;
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
    const toolFormat = probeToolFormat(this.toolTemplate, this.templateTokens);
    this.info = {
      contextTokens: context.contextSize,
      sequences: options.sequences,
      threads: options.threads,
      hasTemplate: this.template !== undefined,
      ...(toolFormat === undefined ? {} : { toolFormat }),
      gpu: llama.gpu,
      hardware,
    };
    this.#embedder = new Embedder(model, context.contextSize, options.threads, () => batcher.writing > 0);
  }

  /**
   * Loads the weights and makes the context. `onOpened` gets the GPU that is tried, before anything is loaded there; `onProgress` gets 0
   * to 1. Throws `model_load_failed` with the engine's own reason.
   */
  static async load(
    options: LoadOptions,
    { onOpened, onProgress, batchWatcher = { begins: () => {}, observe: () => {} }, onDraftFailed }: LoadWatchers,
  ): Promise<Engine> {
    if (!existsSync(options.modelPath))
      throw new AppError("model_load_failed", "The model's file is gone.", { hint: "Install the model again." });
    const log = new EngineLog();
    const mostThreads = Math.max(options.maxThreads, options.batchThreads ?? 1);
    try {
      const llama = await openLlama(options.gpu, mostThreads, log);
      onOpened?.(llama.gpu);
      const model = await openModel(llama, options, onProgress);
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
      const engine = new Engine(llama, model, context, batcher, options, await hardwareOf(llama));
      await engine.#loadDraft(options, onDraftFailed);
      return engine;
    } catch (cause) {
      const reason = log.lastComplaint ?? (cause instanceof Error ? cause.message : String(cause));
      throw new AppError("model_load_failed", `The model cannot be loaded: ${reason}`, {
        hint: "The file may be damaged, of a kind this engine does not know, or too big for the memory. Install it again or choose a smaller one.",
        cause,
      });
    }
  }

  /** Loads the draft, if there is to be one, beside the model; where that fails the model does without. */
  async #loadDraft({ draft, gpu }: LoadOptions, onFailed: LoadWatchers["onDraftFailed"]): Promise<void> {
    if (draft === undefined) return;
    try {
      const { contextTokens } = this.info;
      this.#draft = await DraftEngine.load(draft, { gpu, contextTokens, threads: this.threads }, (reason) => {
        this.#draft = undefined;
        this.info.draftFailure = reason;
        onFailed?.(reason);
      });
    } catch (error) {
      this.info.draftFailure = error instanceof Error ? error.message : String(error);
    }
  }

  /** The small model that writes guesses, if there is one. */
  get draft(): DraftModel | undefined {
    return this.#draft?.model;
  }

  /** A lane of the KV cache. Hand-out order is the sequence id, from 0 on. */
  openSequence(): Sequence {
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
    this.#draft?.setThreads(threads);
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
    sequence: Sequence,
    tokens: Token[],
    sampling: FullSampling,
    recentTokens: () => Token[],
    evaluationPriority: ReturnType<Batcher["priorityOf"]>,
  ): AsyncGenerator<{ token: Token; probabilities?: ReadonlyMap<Token, number> }, void, Token | undefined> {
    const options = {
      ...this.#choosing(sampling)(recentTokens),
      evaluationPriority,
      ...(sampling.grammar === undefined
        ? {}
        : { grammarEvaluationState: await followGrammar(this.#model, sampling.grammar) }),
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
    sequence: Sequence,
    tokens: Token[],
    sampling: FullSampling,
    recent: readonly Token[],
    evaluationPriority: ReturnType<Batcher["priorityOf"]>,
  ): Promise<Token[]> {
    const start = sequence.nextTokenIndex;
    const choosing = this.#choosing(sampling);
    const window = (guesses: number) => [...recent, ...tokens.slice(1, guesses + 1)].slice(-sampling.repeatLastTokens);
    const results = await sequence.controlledEvaluate(
      tokens.map(
        (token, index): ControlledEvaluateInputItem => [
          token,
          { generateNext: { token: true, options: choosing(() => window(index)) } },
        ],
      ),
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
   * As {@link sample} from the draft's sequence, each token with the probabilities of the likeliest few, the likeliest first. Not greedy:
   * the engine sorts the whole vocabulary then to tell how probable its choice was, which takes longer than many a draft's step.
   */
  sampleDraft(sequence: Sequence, tokens: Token[], sampling: FullSampling, recentTokens: () => Token[]) {
    const options = this.#choosing(sampling, sequence.model)(recentTokens);
    const likeliest = { temperature: 1, topK: likeliestTokens, topP: 1, minP: 0, seed: 0 };
    return sequence.evaluateWithMetadata(tokens, { probabilities: true }, { ...options, ...likeliest });
  }

  /** As {@link Embedder.embed}. */
  embed(tokens: Token[], truncate: boolean, signal: AbortSignal): Promise<{ vector: number[]; promptTokens: number }> {
    return this.#embedder.embed(tokens, truncate, signal);
  }

  /** What tokens are chosen by, given the penalties' window; the biases are looked up once. */
  #choosing(sampling: FullSampling, model = this.#model) {
    const biases = logitBiases(sampling, this.#endTokens, (token) =>
      typeof token === "string" ? this.#model.tokenize(token, true) : this.checkTokens([token], "logit_bias"),
    );
    const tokenBias = biases.size === 0 ? {} : { tokenBias: toTokenBias(model, biases) };
    return (recentTokens: () => Token[]) => ({
      ...numberOptions(sampling, recentTokens, this.info.contextTokens),
      ...tokenBias,
    });
  }

  async close(): Promise<void> {
    await this.#draft?.close();
    await this.#llama.dispose();
  }
}

export type { Sequence, Token };
