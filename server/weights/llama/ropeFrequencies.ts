import type { LlamaParameters } from "./LlamaParameters.js";

/**
 * `rope_freqs.weight`: by how much LLaMA 3.1's scaling slows down each rotary pair, `headLength / 2` values; undefined
 * for models without it. In single precision step by step, as llama.cpp's converter computes it
 * (`conversion/llama.py`, generate_extra_tensors).
 */
export function ropeFrequencies({ ropeScaling, ropeTheta, headLength }: LlamaParameters): Float32Array | undefined {
  if (ropeScaling?.type !== "llama3") return undefined;
  const { factor, lowFrequencyFactor, highFrequencyFactor, originalContextTokens } = ropeScaling;
  const { fround } = Math;
  const longest = originalContextTokens / lowFrequencyFactor;
  const shortest = originalContextTokens / highFrequencyFactor;
  return Float32Array.from({ length: headLength / 2 }, (_, pair) => {
    const frequency = fround(1 / fround(ropeTheta ** fround((2 * pair) / headLength)));
    const wavelength = fround((2 * Math.PI) / frequency);
    if (wavelength < shortest) return 1;
    if (wavelength > longest) return factor;
    const smooth = fround(
      fround(fround(originalContextTokens / wavelength) - lowFrequencyFactor) /
        (highFrequencyFactor - lowFrequencyFactor),
    );
    return fround(1 / fround(fround(fround(1 - smooth) / factor) + smooth));
  });
}
