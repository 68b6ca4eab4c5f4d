/**
 * Some models forget to mark their control tokens as special; these are told by their looks.
 * Source: `does_token_look_special` in llama.cpp's `conversion/base.py`.
 */
export function looksSpecial(text: string): boolean {
  return (
    ["<pad>", "<mask>", "<2mass>", "[@BOS@]"].includes(text) ||
    (text.startsWith("<|") && text.endsWith("|>")) ||
    (text.startsWith("<｜") && text.endsWith("｜>")) ||
    (text.startsWith("<unused") && text.endsWith(">"))
  );
}
