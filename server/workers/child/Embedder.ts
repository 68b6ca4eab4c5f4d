import { EmbeddingSlices } from "./EmbeddingSlices.js";
import { embeddable, ofLengthOne, refuseOvercommit } from "./embeddable.js";
import { GrowingContext } from "./GrowingContext.js";
import { batchTokens, type LlamaEmbeddingContext, type LlamaModel, type Token } from "./nativeEngine.js";

/** Makes embeddings, in a context of its own that is made when one is first wanted. */
export class Embedder {
  readonly #model: LlamaModel;
  readonly #mostTokens: number;
  readonly #threads: number;
  readonly #context = new GrowingContext((contextTokens) => this.#makeContext(contextTokens));
  readonly #slices: EmbeddingSlices;

  /** `mostTokens`: of the longest text. `isShared`: whether replies are being written beside it. */
  constructor(model: LlamaModel, mostTokens: number, threads: number, isShared: () => boolean) {
    this.#slices = new EmbeddingSlices(batchTokens, isShared);
    this.#model = model;
    this.#mostTokens = mostTokens;
    this.#threads = threads;
  }

  /**
   * The embedding of a text: the model's last hidden state (pooled as the model says, or else of the last token), scaled to length 1.
   * Throws `context_full`, `bad_request` for no tokens, `memory_short` when the context that it needs does not fit, and the reason of
   * `signal` when that is aborted.
   */
  embed(tokens: Token[], truncate: boolean, signal: AbortSignal): Promise<{ vector: number[]; promptTokens: number }> {
    // The engine may add an end token, and wants one place to be left.
    const input = embeddable(tokens, this.#mostTokens - 2, truncate);
    return this.#context.use(input.length + 2, this.#mostTokens, async (context) => {
      const promptTokens = context.calculateInputLength([...input]);
      const { vector } = await this.#slices.during(signal, () => context.getEmbeddingFor([...input]));
      return { vector: ofLengthOne(vector), promptTokens };
    });
  }

  async #makeContext(contextSize: number): Promise<LlamaEmbeddingContext> {
    const size = { contextSize, batchSize: Math.min(batchTokens, contextSize) };
    const needs = { ...size, modelGpuLayers: this.#model.gpuLayers, isEmbeddingContext: true };
    refuseOvercommit((await this.#model.fileInsights.estimateContextResourceRequirementsV2(needs)).cpuRam);
    const context = await this.#model.createEmbeddingContext({ ...size, threads: this.#threads });
    const { pooling_type: pooling, attention } = this.#model.fileInfo.architectureMetadata;
    this.#slices.apply(context, { pooling, causal: attention?.causal });
    return context;
  }
}
