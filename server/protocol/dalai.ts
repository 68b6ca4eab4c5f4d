/** The events of Dalai's protocol (dalai 0.3.1), beside ours on the same socket; rules [D…] in docs/protocol.md. */
export interface DalaiClientToServerEvents {
  /** A prompt, a slash command or `{method: "installed"}`: anything at all may come, and nothing of it is refused. */
  request: (payload: unknown) => void;
}

/** Every piece goes out as both: Dalai's page listens to `result` alone, its npm client to `response` alone. */
export interface DalaiServerToClientEvents {
  result: (piece: { response: string; request: Record<string, unknown> }) => void;
  response: (text: string) => void;
}

/** The last piece of every answer, exactly so: Dalai's page compares with `==`. */
export const dalaiEndMarker = "\n\n<end>";

/** A number, or the text of one; `""` means the default. */
type DalaiNumber = number | string;

/** What a request may hold; nothing but `prompt` (or `method`) is needed. */
export interface DalaiRequestFields {
  prompt?: string;
  /** Asks for the names of the installed models. */
  method?: "installed";
  /** `family.NAME`, as `alpaca.7B`, or the name alone. */
  model?: string;
  models?: readonly string[];
  /** Comes back with every `result`. */
  id?: unknown;
  seed?: DalaiNumber;
  /** Taken and not used: the server chooses threads and batches for all. */
  threads?: DalaiNumber;
  batch_size?: DalaiNumber;
  interactive?: unknown;
  /** The most tokens; 128 when left out. */
  n_predict?: DalaiNumber;
  top_k?: DalaiNumber;
  top_p?: DalaiNumber;
  temp?: DalaiNumber;
  repeat_last_n?: DalaiNumber;
  repeat_penalty?: DalaiNumber;
  /** Pieces also tell of the model, the parameters and the figures. */
  debug?: boolean;
  full?: boolean;
  /** No end marker. */
  skip_end?: boolean;
  /** Pieces are encoded for HTML. */
  html?: boolean;
}
