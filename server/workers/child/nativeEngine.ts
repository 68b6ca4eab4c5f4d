import {
  getLlama,
  type Llama,
  LlamaGrammarEvaluationState,
  LlamaLogLevel,
  type LlamaModel,
  type Token,
  TokenBias,
} from "node-llama-cpp";
import { AppError } from "../../platform/AppError.js";
import type { LoadOptions } from "../messages.js";
import { layersBesideContext, weightsOptions } from "./contextOptions.js";
import type { EngineLog } from "./EngineLog.js";

/** Prompt tokens that go into one native call at most; other sequences wait that long. */
export const batchTokens = 512;

/** The native engine, with threads of its own; its complaints go to `log`. */
export function openLlama(gpu: LoadOptions["gpu"], mostThreads: number, log: EngineLog): Promise<Llama> {
  return getLlama({
    build: "never",
    gpu: gpu === "auto" ? "auto" : false,
    maxThreads: mostThreads,
    logLevel: LlamaLogLevel.warn,
    logger: log.write,
    skipDownload: true,
  });
}

/** The weights of one model; `onProgress` gets 0 to 1. */
export function openModel(
  llama: Llama,
  options: Pick<LoadOptions, "modelPath" | "contextTokens" | "sequences" | "gpuLayers" | "weightsIn">,
  onProgress?: (progress: number) => void,
): Promise<LlamaModel> {
  return llama.loadModel({
    modelPath: options.modelPath,
    ...(onProgress === undefined ? {} : { onLoadProgress: onProgress }),
    ...(llama.gpu === false ? {} : { gpuLayers: options.gpuLayers ?? layersBesideContext(options) }),
    ...weightsOptions(options.weightsIn),
  });
}

/** The grammar, at the beginning of a text. Throws `bad_request` for one that the engine refuses. */
export async function followGrammar(model: LlamaModel, grammar: string): Promise<LlamaGrammarEvaluationState> {
  try {
    return new LlamaGrammarEvaluationState({ model, grammar: await model.llama.createGrammar({ grammar }) });
  } catch (cause) {
    throw new AppError("bad_request", "The engine refuses the grammar.", {
      hint: "It may repeat too much: write fewer and smaller counts.",
      field: "grammar",
      cause,
    });
  }
}

/** The biases by token. The engine's own `set` passes over end tokens, which OpenAI's clients do bias. */
export function toTokenBias(model: LlamaModel, biases: ReadonlyMap<Token, number>): TokenBias {
  const tokenBias = TokenBias.for(model);
  const entries: unknown = Reflect.get(tokenBias, "_biases");
  if (!(entries instanceof Map)) throw new AppError("internal", "The engine keeps its token biases elsewhere.");
  for (const [token, bias] of biases) entries.set(token, bias);
  return tokenBias;
}

export type {
  ControlledEvaluateInputItem,
  Llama,
  LlamaContext,
  LlamaContextSequence as Sequence,
  LlamaEmbeddingContext,
  LlamaModel,
  Token,
} from "node-llama-cpp";
