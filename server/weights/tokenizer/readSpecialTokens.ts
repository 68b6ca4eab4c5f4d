import type { TokenizerJson } from "./readTokenizerJson.js";
import type { SpecialTokenKind, Tokenizer } from "./Tokenizer.js";

/** tokenizer_config.json as it is after JSON.parse; all values are unchecked. */
export interface TokenizerConfig {
  readonly added_tokens_decoder?: unknown;
  readonly add_prefix_space?: unknown;
  readonly chat_template?: unknown;
  readonly [key: string]: unknown;
}

export interface SpecialTokenSources {
  readonly tokenizerConfig: TokenizerConfig;
  readonly tokenizerJson: TokenizerJson | undefined;
  /** The model's config.json. */
  readonly modelConfig: { readonly [key: string]: unknown };
  /** The id of the token with this text. */
  readonly findId: (text: string) => number | undefined;
  /** Ids from here on do not exist. */
  readonly vocabularySize: number;
}

/** In the order in which llama.cpp's converter writes them. */
const kinds = ["bos", "eos", "unk", "sep", "pad", "cls", "mask", "eot"] as const satisfies readonly SpecialTokenKind[];

/**
 * Which tokens have a special meaning, and which of them a prompt gets: as tokenizer_config.json names them, else as
 * config.json numbers them; added where tokenizer.json's post-processor puts them, unless tokenizer_config.json says
 * otherwise. Source: `SpecialVocab` in llama.cpp's `gguf-py/gguf/vocab.py`.
 */
export function readSpecialTokens(
  sources: SpecialTokenSources,
): Pick<Tokenizer, "specialTokenIds" | "addSpecialToken"> {
  const { tokenizerConfig, modelConfig, findId, vocabularySize } = sources;
  const names = new Map<SpecialTokenKind, string>();
  for (const kind of kinds) {
    const name = tokenText(tokenizerConfig[`${kind}_token`]);
    if (name !== undefined) names.set(kind, name);
  }
  const added = readTemplate(sources.tokenizerJson?.post_processor, names);
  for (const kind of ["bos", "eos", "sep"] as const) {
    const stated = tokenizerConfig[`add_${kind}_token`];
    if (typeof stated === "boolean") added.set(kind, stated);
  }
  const ids = new Map<SpecialTokenKind, number>();
  for (const kind of kinds) {
    const name = names.get(kind);
    const numbered = modelConfig[`${kind}_token_id`];
    const id = (name === undefined ? undefined : findId(name)) ?? (typeof numbered === "number" ? numbered : undefined);
    if (id !== undefined && Number.isInteger(id) && id >= 0 && id < vocabularySize) ids.set(kind, id);
  }
  return { specialTokenIds: ids, addSpecialToken: added };
}

/** A token's text, written plainly or as `{"content": …}`. */
function tokenText(value: unknown): string | undefined {
  const text = typeof value === "object" && value !== null ? (value as { content?: unknown }).content : value;
  return typeof text === "string" && text !== "" ? text : undefined;
}

/** One place in a template: a special token, or the text "A" or "B". */
interface TemplateItem {
  readonly SpecialToken?: { readonly id?: unknown };
  readonly Sequence?: { readonly id?: unknown };
}

interface Processor {
  readonly type?: unknown;
  readonly processors?: unknown;
  readonly single?: unknown;
  readonly pair?: unknown;
}

/** Reads what a `TemplateProcessing` step puts around a text; tokens that have no name yet get one in `names`. */
function readTemplate(
  postProcessor: unknown,
  names: Map<SpecialTokenKind, string>,
): Map<"bos" | "eos" | "sep", boolean> {
  const added = new Map<"bos" | "eos" | "sep", boolean>();
  const [outer] = objects([postProcessor]);
  const processors: Processor[] = Array.isArray(outer?.processors) ? objects(outer.processors) : objects([outer]);
  for (const { type, single, pair } of processors) {
    if (type !== "TemplateProcessing") continue;
    const items = templateItems(single);
    const [first, last] = [specialToken(items.at(0)), specialToken(items.at(-1))];
    if (items.length > 1 && first !== undefined) {
      if (!names.has("bos")) names.set("bos", first);
      added.set("bos", first === names.get("bos") || first === names.get("cls"));
    }
    if (items.length > 1 && last !== undefined) {
      const eos = names.get("eos");
      if (eos !== undefined && eos !== last) names.set("eot", eos);
      names.set("eos", last);
      added.set("eos", true);
    }
    const between = betweenTexts(templateItems(pair));
    if (between.length > 0)
      added.set(
        "sep",
        last === undefined &&
          between.some((token) => token !== undefined && (token === names.get("sep") || token === names.get("eos"))),
      );
  }
  return added;
}

function templateItems(value: unknown): TemplateItem[] {
  return Array.isArray(value) ? objects(value) : [];
}

/** What in a list is an object; anything else there says nothing. */
function objects(items: readonly unknown[]): { readonly [key: string]: unknown }[] {
  return items.filter((item): item is { readonly [key: string]: unknown } => typeof item === "object" && item !== null);
}

function specialToken(item: TemplateItem | undefined): string | undefined {
  const id = item?.SpecialToken?.id;
  return typeof id === "string" ? id : undefined;
}

/** The special tokens between the two texts of a pair. */
function betweenTexts(items: readonly TemplateItem[]): (string | undefined)[] {
  const [a, b] = ["A", "B"].map((id) => items.findIndex((item) => item.Sequence?.id === id));
  return a === undefined || b === undefined || a < 0 || b <= a ? [] : items.slice(a + 1, b).map(specialToken);
}
