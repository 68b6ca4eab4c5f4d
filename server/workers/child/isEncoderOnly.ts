/**
 * Whether a model only reads texts, in both directions, for embeddings: asked to write, it would put out tokens without sense.
 * `causal`: what its file says of `attention.causal`. Source of the names: `LLM_ARCH_NAMES` in llama.cpp's `src/llama-arch.cpp`.
 */
export function isEncoderOnly(architecture: string, causal: boolean | undefined): boolean {
  return causal === false || /bert|^gemma-embedding$|^llama-embed$/.test(architecture);
}
