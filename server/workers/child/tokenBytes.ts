/** How a vocabulary writes its tokens down, as `tokenizer.ggml.model` says. */
export type VocabularyKind = string;

/** Token types. Source: llama.cpp include/llama.h, `llama_token_type`. */
const plainTypes: ReadonlySet<number | undefined> = new Set([2, 3, 4]);
const byteType = 6;

/**
 * The bytes that a token stands for. `piece` is its entry in the vocabulary: SentencePiece ("llama", "t5") writes a space as ▁ and
 * a single byte as `<0xAB>`; byte-level BPE ("gpt2") writes every byte as one printable character. Special tokens (types 2 to 4)
 * are written as they are. Source: llama.cpp src/llama-vocab.cpp, `token_to_piece`.
 */
export function tokenBytes(piece: string, type: number | undefined, kind: VocabularyKind): Uint8Array {
  if (type === byteType) {
    const hex = /^<0x([0-9A-Fa-f]{2})>$/.exec(piece)?.[1];
    if (hex !== undefined) return Uint8Array.of(Number.parseInt(hex, 16));
  }
  if (plainTypes.has(type)) return encoder.encode(piece);
  if (kind === "gpt2") return bpeBytes(piece);
  return encoder.encode(piece.replaceAll("\u2581", " "));
}

const encoder = new TextEncoder();

/** GPT-2's table: printable bytes stand for themselves, the others follow from U+0100 on. Source: openai/gpt-2 src/encoder.py. */
const bpeTable: ReadonlyMap<string, number> = (() => {
  const table = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    table.set(String.fromCodePoint(printable ? byte : next++), byte);
  }
  return table;
})();

function bpeBytes(piece: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of piece) {
    const byte = bpeTable.get(character);
    if (byte === undefined) bytes.push(...encoder.encode(character));
    else bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
