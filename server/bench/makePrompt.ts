/** Numbered words that every random model's vocabulary has. */
const words = 20_000;

/**
 * A text of `wordCount` words, a token each with a random model. Different nonces have nothing in common from the first word
 * on, so that no prefix cache helps unless the same nonce comes again; a longer text with the same nonce begins with the shorter.
 */
export function makePrompt(wordCount: number, nonce: number): string {
  let state = Math.imul(nonce + 1, 2_654_435_761) >>> 0;
  const picked: string[] = [];
  for (let index = 0; index < wordCount; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    picked.push(`w${Math.floor((state / 2 ** 32) * words)}`);
  }
  return picked.join(" ");
}
