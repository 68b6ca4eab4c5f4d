/**
 * The CPU's flash attention computes the queries of a slice 64 at a time where there are so many, and one by one where there are fewer.
 * Measured on two cores with 110M parameters, milliseconds for slices of 32, 48, 63, 64, 112 and 128 tokens: behind 2,000 tokens 91, 118,
 * 174, 72, 109, 120; behind 6,000 tokens 234, 344, 500, 186, 293, 303. With 1.1B behind 1,500: 392, 556, 779, 387, 629, 742. Source of the
 * size and of what it needs: ggml-cpu, `ggml_fa_tile_config::Q` and `use_tiled` in `ggml_compute_forward_flash_attn_ext_f16`.
 */
export const tileTokens = 64;

/** How a tile's time for one token's attention compares with that of fewer tokens: the measurement above. */
const tiledShare = 0.3;
/** Behind so many tokens for each value of an embedding, attending takes as long as the weights do: likewise. */
const tokensPerWidth = 0.6;

/**
 * From how many tokens on a slice is read faster with the tokens before it read once more, so that it fills a tile: about half a tile.
 * `behind`: tokens that the sequence holds. `width`: values of an embedding.
 */
export function fewestWorthATile(behind: number, width: number): number {
  const even = tokensPerWidth * width;
  return Math.ceil((tileTokens * (even + tiledShare * behind)) / (even + behind));
}

/**
 * How many of the `heldTokens` that a sequence holds of a prompt of `promptTokens` to keep. `beside`: tokens of the slice that the engine
 * computes apart from the others. `width`: values of an embedding; 0 where the engine computes no tiles.
 */
export function tokensToKeep(heldTokens: number, promptTokens: number, beside: number, width: number): number {
  const unread = promptTokens - heldTokens - beside;
  const missing = tileTokens - unread;
  if (width === 0 || missing <= 0 || missing > heldTokens) return heldTokens;
  return unread < fewestWorthATile(heldTokens, width) ? heldTokens : heldTokens - missing;
}
