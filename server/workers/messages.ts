import type { PromptTurn, ToolDefinition } from "../prompts/PromptTurn.js";
import type { PromptFormat } from "../prompts/renderPrompt.js";
import type { ToolFormat } from "../prompts/toolFormat.js";
import type { GenerationStats, Priority, StopReason, TokenDetail } from "../protocol/generation.js";
import type { KvCacheType } from "../protocol/loadSettings.js";
import type { ErrorInfo } from "../protocol/result.js";
import type { FullSampling } from "../protocol/sampling.js";
import type { EngineSettings } from "./tuning/Tuning.js";

/** How a worker holds its model. */
export interface LoadOptions {
  modelPath: string;
  /** The most tokens that one sequence may hold; the model's own context bounds it. */
  contextTokens: number;
  /** KV-cache lanes: generations that run at the same time. */
  sequences: number;
  /** To begin with; adapted while running. */
  threads: number;
  maxThreads: number;
  /** The most while prompts are read; left out: as many as there are otherwise. */
  batchThreads?: number;
  gpu: "auto" | "off";
  /** Layers that go to the GPU; left out: as many as fit. */
  gpuLayers?: number;
  /** Left out: f16. */
  kvCacheType?: KvCacheType;
  /** Left out: `auto`. A quantized KV cache has it always. */
  flashAttention?: EngineSettings["flashAttention"];
  speculation?: EngineSettings["speculation"];
  /** A small model with the same vocabulary that writes guesses; left out: none. */
  draft?: DraftOptions;
  /** Left out: `mapped`. */
  weightsIn?: EngineSettings["weightsIn"];
  /** Where KV caches that leave their lane are kept; without it they are dropped. */
  parking?: { folderPath: string; maxBytes: number; bytesPerToken: number };
}

/** How a worker holds a model that writes guesses for its own. */
export interface DraftOptions {
  modelPath: string;
  contextTokens: number;
  /** The most; it never has more than the model that it guesses for. */
  maxThreads: number;
  /** Tokens that it writes at once at the most. */
  guessTokens: number;
  /** It guesses on where that does not pay, for those who look at what it writes. */
  restless?: boolean;
}

/** What a worker says of its model once it is loaded. */
export interface LoadedModelInfo {
  contextTokens: number;
  sequences: number;
  threads: number;
  /** Whether the GGUF carries a chat template. */
  hasTemplate: boolean;
  /** How the model asks for functions to be called; absent when its template has no place for them. */
  toolFormat?: ToolFormat;
  /** `false`: on the CPU alone. */
  gpu: string | false;
  /** Why there is no draft, or no more, although one was asked for. */
  draftFailure?: string;
  hardware?: EngineHardware;
}

/** What the engine found in this machine. */
export interface EngineHardware {
  /** Vector instructions that it uses, as `AVX2`. */
  cpuFeatures: string[];
  gpuNames: string[];
  /** Of all GPUs together. */
  gpuMemoryBytes: number;
}

/** What the model reads: a conversation in its prompt format, a text as it stands, or the numbers of its tokens. */
export type PromptInput =
  | { turns: PromptTurn[]; format: PromptFormat; tools?: ToolDefinition[] }
  | { text: string }
  | { tokens: number[] };

/** What an embedding is made of; `truncate`: what is too long is cut off at its end instead of refused. */
export type EmbeddingInput = Exclude<PromptInput, { turns: unknown }> & { truncate?: boolean };

/** How one generation is run, besides what it samples. */
export interface GenerateOptions {
  /** Show the prompt's text before the reply's; it counts no tokens. */
  echo?: boolean;
  /** False: read the whole prompt anew, whatever the KV cache holds. */
  cachePrompt?: boolean;
  /** When the context is full, the older half of what it holds is dropped and the reply goes on; else it ends. */
  contextShift?: boolean;
  /** The stored conversation that it belongs to: what is kept of it goes when that is deleted. */
  conversationId?: string;
  /** Nothing of it may be put to disk. */
  temporary?: boolean;
  /** A text that a limit cuts off is completed by the shortest text that the grammar allows. */
  completeAtLimit?: boolean;
}

/** What a worker says of itself when it is asked. */
export interface EngineFigures {
  /** That the engine uses now. */
  threads: number;
  residentBytes: number;
  /** Sequences of the KV cache, by id. */
  lanes: {
    /** The generation that has it. */
    generationId?: string;
    /** Tokens that its cache holds. */
    heldTokens: number;
  }[];
  /** Generations that wait for a lane. */
  waiting: number;
  /** Since the start: how many batches decoded that many sequences. */
  batches: { sequences: number; count: number }[];
}

/** Server to worker. `id` is the generation's or the count's own. */
export type WorkerRequest =
  | { type: "load"; options: LoadOptions }
  | {
      type: "generate";
      id: string;
      input: PromptInput;
      sampling: FullSampling;
      options: GenerateOptions;
      /** Who asks: waiting requests are served round robin over the clients. */
      client: string;
      /** Whose conversation it is: nobody's KV cache is read with another's prompt. */
      owner: string;
      priority: Priority;
    }
  | { type: "stop"; id: string }
  | { type: "count"; id: string; input: PromptInput }
  | { type: "embed"; id: string; input: EmbeddingInput }
  | { type: "figures"; id: string }
  /** The conversation was deleted: nothing that is kept of it stays. */
  | { type: "forget"; conversationId: string }
  /** From now on exactly so many, whatever else the machine does: for measuring. */
  | { type: "fixThreads"; threads: number; batchThreads: number }
  /** From now on at most so many: other models are at work, too. */
  | { type: "limitThreads"; threads: number }
  | { type: "close" };

/** The part of a generation's figures that the worker measures; the server adds the time in the queue. */
export type WorkerStats = Omit<GenerationStats, "ttftMs">;

/** Worker to server, alone or several in a list. Pieces of one generation come in order; `done` or `failed` is its last message. */
export type WorkerMessage =
  /** The engine is there, and uses this GPU; nothing is loaded yet. */
  | { type: "opened"; gpu: string | false }
  | { type: "loading"; progress: number }
  | { type: "ready"; info: LoadedModelInfo }
  | { type: "loadFailed"; error: ErrorInfo }
  /** The draft could not go on and was freed; the model goes on without it. */
  | { type: "draftFailed"; reason: string }
  | { type: "queued"; id: string; position: number }
  | { type: "reading"; id: string; evaluatedTokens: number; promptTokens: number }
  | { type: "text"; id: string; text: string; tokenCount: number; tokens?: TokenDetail[] }
  | { type: "done"; id: string; stopReason: Exclude<StopReason, "error">; stats: WorkerStats }
  | { type: "failed"; id: string; error: ErrorInfo }
  | { type: "counted"; id: string; promptTokens: number }
  | { type: "embedded"; id: string; vector: number[]; promptTokens: number }
  | { type: "figures"; id: string; figures: EngineFigures };
