/**
 * A piece of a prompt before tokenization. In a `special` piece, text such as `<|im_end|>` becomes the special token of that
 * name; in any other it stays plain text, so that what a user types can never end a turn or forge one.
 */
export interface PromptPart {
  text: string;
  special: boolean;
}

/** Joins neighbours of the same sort: a tokenizer must see one text as one piece, or its tokens differ at the seams. */
export function joinParts(parts: readonly PromptPart[]): PromptPart[] {
  const joined: PromptPart[] = [];
  for (const part of parts) {
    if (part.text === "") continue;
    const last = joined.at(-1);
    if (last !== undefined && last.special === part.special) last.text += part.text;
    else joined.push({ ...part });
  }
  return joined;
}
