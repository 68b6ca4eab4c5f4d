import type { TokenDetail } from "../../protocol/generation.js";

const decoder = new TextDecoder();

/**
 * A sampled token with its probability and the `alternatives` most probable ones. `probabilities` holds those that the sampling
 * left to choose from, the most probable first.
 */
export function describeToken(
  token: number,
  probabilities: ReadonlyMap<number, number>,
  alternatives: number,
  bytesOf: (token: number) => Uint8Array,
): TokenDetail {
  const describe = (id: number, probability: number) => {
    const bytes = bytesOf(id);
    const text = decoder.decode(bytes);
    return { id, text, probability, ...(text.includes("\u{fffd}") ? { bytes: [...bytes] } : {}) };
  };
  const top: TokenDetail["top"] = [];
  for (const [id, probability] of probabilities) {
    if (top.length >= alternatives) break;
    top.push(describe(id, probability));
  }
  return { ...describe(token, probabilities.get(token) ?? 0), top };
}
