import type { CheckpointFiles } from "../CheckpointFiles.js";
import { readJsonObject, readSmallFile } from "../readSmallFile.js";
import { readChatTemplates } from "./readChatTemplates.js";
import { readSentencePiece } from "./readSentencePiece.js";
import { readSpecialTokens, type TokenizerConfig } from "./readSpecialTokens.js";
import { isTiktoken, readTiktoken } from "./readTiktoken.js";
import {
  type AddedToken,
  addTokens,
  parseTokenizerJson,
  readAddedTokens,
  readTokenizerJson,
  type TokenizerJson,
} from "./readTokenizerJson.js";
import { type SpecialTokenKind, type Token, type Tokenizer, tokenTypes } from "./Tokenizer.js";
import { tokenizerError } from "./tokenizerError.js";

/** The largest tokenizer.json in the wild has about 30 MB, the largest tokenizer.model 7 MB. */
const tokenizerBytesMax = 64 * 2 ** 20;

/** What a tokenizer's own file gives; the configuration files around it come on top. */
interface BaseVocabulary {
  readonly fileName: string;
  readonly model: Tokenizer["model"];
  readonly pre: string;
  readonly tokens: (Token | undefined)[];
  readonly merges: readonly string[] | undefined;
  readonly addSpacePrefix: boolean | undefined;
  /** Used where the configuration files say nothing. */
  readonly specialTokenIds: Tokenizer["specialTokenIds"];
  readonly addSpecialToken: Tokenizer["addSpecialToken"];
}

/**
 * Reads the tokenizer of a checkpoint from `tokenizer.model` (SentencePiece, or LLaMA 3's list of ranks) or
 * `tokenizer.json`, with `added_tokens.json`, `tokenizer_config.json`, chat templates and the ids in config.json.
 * `vocabularySize` is the number of the model's embedding rows: rows without a token get an unused one.
 * Throws `tokenizer_invalid`, `checkpoint_invalid`, `weights_unreadable`.
 */
export async function openTokenizer(
  files: CheckpointFiles,
  { vocabularySize, modelConfig = {} }: { vocabularySize: number; modelConfig?: { readonly [key: string]: unknown } },
): Promise<Tokenizer> {
  const has = (name: string) => files.fileNames.has(name);
  const tokenizerConfig: TokenizerConfig = has("tokenizer_config.json")
    ? await readJsonObject(files, "tokenizer_config.json")
    : {};
  const tokenizerJson = has("tokenizer.json") ? await readJson(files) : undefined;
  const base = await readBase(files, tokenizerJson);
  if (base.model === "llama") addTokens(base.tokens, await configuredTokens(files, tokenizerConfig), base.model);
  const tokens = fitTokens(base, vocabularySize);

  const idsByText = new Map<string, number>();
  for (const [id, { text }] of tokens.entries()) if (!idsByText.has(text)) idsByText.set(text, id);
  const special = readSpecialTokens({
    tokenizerConfig,
    tokenizerJson,
    modelConfig: base.model === "llama" ? withoutWrongIds(modelConfig) : modelConfig,
    vocabularySize,
    findId: (text) => idsByText.get(text),
  });
  const configured = tokenizerConfig.add_prefix_space;
  return {
    model: base.model,
    pre: base.pre,
    tokens,
    merges: base.merges,
    specialTokenIds: new Map([...base.specialTokenIds, ...special.specialTokenIds]),
    addSpecialToken: new Map([...base.addSpecialToken, ...special.addSpecialToken]),
    addSpacePrefix: typeof configured === "boolean" ? configured : base.addSpacePrefix,
    chatTemplates: await readChatTemplates(files, tokenizerConfig.chat_template),
  };
}

/**
 * The first conversions of LLaMA for transformers (decapoda-research) number the tokens wrongly: `<unk>` as the beginning
 * and `<s>` as the end of a text. SentencePiece's own numbers are right.
 */
function withoutWrongIds(modelConfig: { readonly bos_token_id?: unknown; readonly eos_token_id?: unknown }) {
  const { bos_token_id, eos_token_id, ...rest } = modelConfig;
  return bos_token_id === 0 && eos_token_id === 1 ? rest : modelConfig;
}

async function readJson(files: CheckpointFiles): Promise<TokenizerJson> {
  return parseTokenizerJson(new TextDecoder().decode(await readSmallFile(files, "tokenizer.json", tokenizerBytesMax)));
}

async function readBase(files: CheckpointFiles, tokenizerJson: TokenizerJson | undefined): Promise<BaseVocabulary> {
  const fileName = "tokenizer.model";
  if (files.fileNames.has(fileName)) {
    const bytes = await readSmallFile(files, fileName, tokenizerBytesMax);
    if (!isTiktoken(bytes)) return sentencePieceBase(bytes, fileName);
    // tokenizer.json says the same and more.
    if (tokenizerJson === undefined)
      return { ...readTiktoken(bytes, fileName), fileName, addSpecialToken: new Map([["bos", true]]) };
  }
  if (tokenizerJson !== undefined)
    return {
      ...readTokenizerJson(tokenizerJson),
      fileName: "tokenizer.json",
      addSpacePrefix: undefined,
      specialTokenIds: new Map(),
      addSpecialToken: new Map(),
    };
  throw tokenizerError(
    files.name,
    "has no tokenizer",
    "Put the checkpoint's tokenizer.model (or tokenizer.json) into the same folder.",
  );
}

function sentencePieceBase(bytes: Uint8Array, fileName: string): BaseVocabulary {
  const { tokens, unknownId, bosId, eosId, padId, addDummyPrefix } = readSentencePiece(bytes, fileName);
  const ids: [SpecialTokenKind, number][] = [
    ["bos", bosId],
    ["eos", eosId],
    ["unk", unknownId],
    ["pad", padId],
  ];
  return {
    fileName,
    model: "llama",
    pre: "default",
    tokens: [...tokens],
    merges: undefined,
    addSpacePrefix: addDummyPrefix ? undefined : false,
    specialTokenIds: new Map(ids.filter(([, id]) => id >= 0 && id < tokens.length)),
    addSpecialToken: new Map([
      ["bos", true],
      ["eos", false],
    ]),
  };
}

/** Tokens that were added to a SentencePiece vocabulary: `added_tokens.json`, then `added_tokens_decoder`. */
async function configuredTokens(
  files: CheckpointFiles,
  { added_tokens_decoder }: TokenizerConfig,
): Promise<AddedToken[]> {
  const added: AddedToken[] = [];
  if (files.fileNames.has("added_tokens.json")) {
    const listed = Object.entries(await readJsonObject(files, "added_tokens.json"));
    added.push(...readAddedTokens(listed.map(([content, id]) => ({ id, content, special: false }))));
  }
  if (typeof added_tokens_decoder === "object" && added_tokens_decoder !== null)
    added.push(
      ...readAddedTokens(
        Object.entries(added_tokens_decoder).map(([id, token]: [string, object]) => ({ ...token, id: Number(id) })),
      ),
    );
  return added;
}

/** One token per embedding row: what the model has more rows for is unused, what it has no row for is dropped. */
function fitTokens({ tokens, fileName, model }: BaseVocabulary, vocabularySize: number): Token[] {
  const dropped = tokens
    .slice(vocabularySize)
    .filter((token) => token !== undefined && token.type !== tokenTypes.unused);
  if (model === "gpt2" && dropped.length > 0)
    throw tokenizerError(
      fileName,
      `has ${tokens.length} tokens, but the model knows only ${vocabularySize}`,
      "The tokenizer belongs to another model: download the whole checkpoint again.",
    );
  if (tokens.length < vocabularySize / 2)
    throw tokenizerError(
      fileName,
      `has ${tokens.length} tokens, but the model has ${vocabularySize}`,
      "The tokenizer belongs to another model: download the whole checkpoint again.",
    );
  return Array.from(
    { length: vocabularySize },
    (_, id) => tokens[id] ?? { text: `[PAD${id}]`, score: model === "llama" ? -10_000 : 0, type: tokenTypes.unused },
  );
}
