import type { GgufValue } from "../gguf/GgufValue.js";
import type { SpecialTokenKind, Tokenizer } from "./Tokenizer.js";

/** Source: llama.cpp `gguf-py/gguf/constants.py` (Keys.Tokenizer), spelling included. */
const idKeys: Partial<Record<SpecialTokenKind, string>> = {
  bos: "tokenizer.ggml.bos_token_id",
  eos: "tokenizer.ggml.eos_token_id",
  unk: "tokenizer.ggml.unknown_token_id",
  sep: "tokenizer.ggml.seperator_token_id",
  pad: "tokenizer.ggml.padding_token_id",
  mask: "tokenizer.ggml.mask_token_id",
  eot: "tokenizer.ggml.eot_token_id",
  eom: "tokenizer.ggml.eom_token_id",
};

/** The keys that llama.cpp's converter writes for a tokenizer, in its order. */
export function tokenizerMetadata(tokenizer: Tokenizer): [string, GgufValue][] {
  const { tokens, merges } = tokenizer;
  const entries: [string, GgufValue][] = [];
  const flag = (key: string, value: boolean) => entries.push([key, { type: "bool", value }]);
  const text = (key: string, value: string) => entries.push([key, { type: "string", value }]);
  const texts = (key: string, value: readonly string[]) =>
    entries.push([key, { type: "array", itemType: "string", value }]);

  if (tokenizer.addSpacePrefix !== undefined) flag("tokenizer.ggml.add_space_prefix", tokenizer.addSpacePrefix);
  text("tokenizer.ggml.model", tokenizer.model);
  text("tokenizer.ggml.pre", tokenizer.pre);
  texts(
    "tokenizer.ggml.tokens",
    tokens.map((token) => token.text),
  );
  if (tokenizer.model === "llama")
    entries.push([
      "tokenizer.ggml.scores",
      { type: "array", itemType: "float32", value: Float32Array.from(tokens, (token) => token.score) },
    ]);
  entries.push([
    "tokenizer.ggml.token_type",
    { type: "array", itemType: "int32", value: Int32Array.from(tokens, (token) => token.type) },
  ]);
  if (merges !== undefined) texts("tokenizer.ggml.merges", merges);
  for (const [kind, id] of tokenizer.specialTokenIds) {
    const key = idKeys[kind];
    if (key !== undefined) entries.push([key, { type: "uint32", value: id }]);
  }
  for (const [kind, added] of tokenizer.addSpecialToken) flag(`tokenizer.ggml.add_${kind}_token`, added);

  const named = [...tokenizer.chatTemplates].filter(([name]) => name !== "default");
  for (const [name, source] of named) text(`tokenizer.chat_template.${name}`, source);
  if (named.length > 0)
    texts(
      "tokenizer.chat_templates",
      named.map(([name]) => name),
    );
  const template = tokenizer.chatTemplates.get("default");
  if (template !== undefined) text("tokenizer.chat_template", template);
  return entries;
}
