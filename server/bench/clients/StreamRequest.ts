/** Where a stream comes from. `socket`: Cria's own protocol. `chat`: the same, stored in a conversation, as the page does it.
 * `openai`: server-sent events of `/v1/completions`, at Cria or any other server. */
export type Protocol = "socket" | "chat" | "openai";

/** One reply to ask for, and what to do while it comes. */
export interface StreamRequest {
  protocol: Protocol;
  /** Base address. */
  url: string;
  modelId: string;
  /** A text as it stands; `chat` puts it into the model's prompt format. */
  prompt: string;
  maxTokens: number;
  /** Which of the process's connections to use; the same one for the same number. */
  connection: number;
  /** Waits this long before it asks. */
  startDelayMs?: number;
  /** Press Stop once so many tokens of the prompt were read (Cria's own protocol alone). */
  stopAtReadTokens?: number;
  /** Press Stop (or hang up, where the protocol has no Stop) after so many pieces. */
  stopAfterPieces?: number;
  /** Cut the connection after so many pieces in all, each time, and read on from where it was (Cria's own protocol alone). */
  dropAfterPieces?: number[];
  /** Ask only when every stream of the job without this mark has had its first piece. */
  startAfterFirstPieces?: boolean;
  /** Press Stop when every stream of the job without this mark has ended (Cria's own protocol alone). */
  stopWhenOthersEnd?: boolean;
  /** Look at the end whether the stored message is what was streamed (`chat` alone). */
  compareStored?: boolean;
  /** `false`: the server shall not use what its KV cache holds of the prompt. */
  cachePrompt?: boolean;
}

/** What became of a request. Moments are of the shared clock (`monotonicMs`). */
export interface StreamRecord {
  startMs: number;
  /** When each piece of text came. */
  arrivalsMs: number[];
  /** Tokens in each of them, where the protocol tells. */
  tokenCounts: number[];
  endMs: number;
  /** How far the prompt was read when (Cria's own protocol alone). */
  readings: { atMs: number; evaluatedTokens: number }[];
  /** When Stop was pressed. */
  stopMs?: number;
  text: string;
  promptTokens?: number;
  cachedTokens?: number;
  generatedTokens?: number;
  /** Speed as the server itself measured it. */
  tokensPerSecond?: number;
  promptEvalMs?: number;
  /** Tokens that were guessed ahead, and how many of them were right (straight from a worker alone). */
  guessedTokens?: number | undefined;
  acceptedTokens?: number | undefined;
  stopReason?: string;
  /** The generation's id at Cria. */
  generationId?: string;
  reconnects: number;
  /** What is stored is what was streamed, character by character. */
  storedMatches?: boolean;
  error?: string;
}

export type ClientCommand = { type: "run"; jobId: number; requests: StreamRequest[] } | { type: "end" };
export type ClientReply =
  | { type: "ready" }
  | { type: "finished"; jobId: number; records: StreamRecord[] }
  | { type: "failed"; jobId: number; message: string };

/** A record of a request that is sent now. */
export function newRecord(startMs: number): StreamRecord {
  return { startMs, arrivalsMs: [], tokenCounts: [], endMs: 0, readings: [], text: "", reconnects: 0 };
}
