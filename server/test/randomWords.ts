/** 32-bit words without a sign, the same for the same seed. xorshift32; source: Marsaglia, "Xorshift RNGs" (2003). */
export function randomWords(seed: number): () => number {
  let state = Math.imul(seed, 2_654_435_761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}
