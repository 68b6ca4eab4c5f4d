import { type SpecialTokenKind, type Token, tokenTypes } from "./Tokenizer.js";
import { tokenizerError } from "./tokenizerError.js";

const ranksMax = 2 ** 20;
const tokenBytesMax = 4096;
/** As many as LLaMA 3 keeps free behind its vocabulary. */
const specialTokenCount = 256;

/** `<base64> <rank>` per line is how Meta ships LLaMA 3's tokenizer under the name tokenizer.model. */
export function isTiktoken(bytes: Uint8Array): boolean {
  return /^[A-Za-z0-9+/]+={0,2} \d+\r?\n/.test(Buffer.from(bytes.subarray(0, 256)).toString("latin1"));
}

/**
 * LLaMA 3's list of byte strings by rank as a byte-level BPE vocabulary. Merges are not in the file: any two neighbours
 * that make a token may be joined, the lowest rank first, so every split of a token is one (transformers'
 * TikTokenConverter).
 * Special tokens come behind; their names are those of Meta's `llama3/tokenizer.py`. Throws `tokenizer_invalid`.
 */
export function readTiktoken(bytes: Uint8Array, fileName: string) {
  const ranks = readRanks(bytes, fileName);
  const texts = new Map<number, string>();
  for (const [key, rank] of ranks) texts.set(rank, encodeBytes(key));
  const tokens: Token[] = Array.from({ length: ranks.size }, (_, rank) => {
    const text = texts.get(rank);
    if (text === undefined) throw tokenizerError(fileName, `has no token of the rank ${rank}`);
    return { text, score: 0, type: tokenTypes.normal };
  });
  const merges: string[] = [];
  for (const [key] of [...ranks].sort((a, b) => a[1] - b[1]))
    for (const [left, right] of splits(key, ranks)) merges.push(`${encodeBytes(left)} ${encodeBytes(right)}`);
  const names = specialNames();
  tokens.push(...names.map((text): Token => ({ text, score: 0, type: tokenTypes.control })));
  const ids: [SpecialTokenKind, string][] = [
    ["bos", "<|begin_of_text|>"],
    ["eos", "<|end_of_text|>"],
    ["eot", "<|eot_id|>"],
    ["eom", "<|eom_id|>"],
  ];
  return {
    model: "gpt2" as const,
    pre: "llama-bpe",
    tokens,
    merges,
    addSpacePrefix: undefined,
    specialTokenIds: new Map(ids.map(([kind, name]) => [kind, ranks.size + names.indexOf(name)])),
  };
}

/** Byte strings, one character per byte, with their ranks. */
function readRanks(bytes: Uint8Array, fileName: string): Map<string, number> {
  const ranks = new Map<string, number>();
  for (const line of Buffer.from(bytes).toString("latin1").split("\n")) {
    if (line.trim() === "") continue;
    const [encoded, rankText, ...more] = line.trim().split(" ");
    const key = Buffer.from(encoded ?? "", "base64").toString("latin1");
    const rank = Number(rankText);
    if (
      more.length > 0 ||
      key === "" ||
      key.length > tokenBytesMax ||
      !Number.isInteger(rank) ||
      rank < 0 ||
      rank >= ranksMax
    )
      throw tokenizerError(fileName, "has a line that is no token with its rank");
    if (ranks.has(key)) throw tokenizerError(fileName, `has a token twice (rank ${rank})`);
    ranks.set(key, rank);
  }
  return ranks;
}

/** Every way to make a token of two others, those with the lowest ranks first. */
function splits(key: string, ranks: ReadonlyMap<string, number>): (readonly [left: string, right: string])[] {
  const found: { pair: readonly [string, string]; left: number; right: number }[] = [];
  for (let at = 1; at < key.length; at += 1) {
    const pair = [key.slice(0, at), key.slice(at)] as const;
    const [left, right] = [ranks.get(pair[0]), ranks.get(pair[1])];
    if (left !== undefined && right !== undefined) found.push({ pair, left, right });
  }
  return found.sort((a, b) => a.left - b.left || a.right - b.right).map(({ pair }) => pair);
}

function specialNames(): string[] {
  const names = [
    "<|begin_of_text|>",
    "<|end_of_text|>",
    "<|reserved_special_token_0|>",
    "<|reserved_special_token_1|>",
    "<|finetune_right_pad_id|>",
    "<|step_id|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eom_id|>",
    "<|eot_id|>",
    "<|python_tag|>",
    "<|image|>",
  ];
  const reserved = Array.from(
    { length: specialTokenCount - names.length },
    (_, index) => `<|reserved_special_token_${index + 2}|>`,
  );
  return [...names, ...reserved];
}

let characters: string[] | undefined;

/**
 * GPT-2's printable stand-ins for bytes: printable Latin-1 stands for itself, the other bytes in order for U+0100 and
 * following. `key` has one character per byte.
 */
function encodeBytes(key: string): string {
  characters ??= byteCharacters();
  let text = "";
  for (let index = 0; index < key.length; index += 1) text += characters[key.charCodeAt(index)];
  return text;
}

function byteCharacters(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCharCode(printable ? byte : next++);
  });
}
