/** `tokenizer.ggml.token_type`. Source: llama.cpp `include/llama.h` (enum llama_token_type). */
export const tokenTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** A token before it gets its place in the arrays of a GGUF file. */
export interface Token {
  readonly text: string;
  /** SentencePiece joins the pair with the highest score first; byte-level BPE has merges instead and ignores scores. */
  readonly score: number;
  readonly type: (typeof tokenTypes)[keyof typeof tokenTypes];
}

/** Special tokens that llama.cpp looks up by a key of their own. */
export type SpecialTokenKind = "bos" | "eos" | "unk" | "sep" | "pad" | "cls" | "mask" | "eot" | "eom";

/** What a GGUF file says about turning text into tokens. */
export interface Tokenizer {
  /** `tokenizer.ggml.model`: "llama" is SentencePiece's BPE, "gpt2" byte-level BPE. */
  readonly model: "llama" | "gpt2";
  /** `tokenizer.ggml.pre`: how text is cut into words first. */
  readonly pre: string;
  /** By token id. */
  readonly tokens: readonly Token[];
  /** `"left right"`, the first ones joined first; only for "gpt2". */
  readonly merges: readonly string[] | undefined;
  readonly specialTokenIds: ReadonlyMap<SpecialTokenKind, number>;
  /** Whether such a token is added to a prompt; llama.cpp decides where nothing is said. */
  readonly addSpecialToken: ReadonlyMap<"bos" | "eos" | "sep", boolean>;
  /** Whether a space goes before a text's first word. */
  readonly addSpacePrefix: boolean | undefined;
  /** Jinja source by name; "default" is the one that is used. */
  readonly chatTemplates: ReadonlyMap<string, string>;
}
