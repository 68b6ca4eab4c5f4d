import type { Sequence } from "./engine.js";

/** What of a sequence says how far it can be taken back. */
export type Reach = Pick<Sequence, "needsCheckpoints" | "nextTokenIndex" | "stateCellsStartIndex"> & {
  model: { fileInsights: { swaSize: number | undefined } };
};

/**
 * To how many tokens a sequence can be taken back that is to keep `heldTokens` of what it holds. A model that slides a window over the text
 * (Gemma, some Mistrals) needs the whole window before the place that it goes on from, but its cache has only the last tokens, and a state that
 * came from disk nothing but the last window. node-llama-cpp 3.22 looks whether that place itself is there, and the model would go on without
 * what was before it; from any earlier place on, it takes a checkpoint or reads everything again.
 * Source: llama.cpp's `tools/server/server-context.cpp`, `pos_min_thold`.
 */
export function tokensInReach(
  { needsCheckpoints, nextTokenIndex, stateCellsStartIndex, model }: Reach,
  heldTokens: number,
): number {
  const windowTokens = model.fileInsights.swaSize;
  if (!needsCheckpoints || windowTokens === undefined || heldTokens >= nextTokenIndex) return heldTokens;
  const firstTokens = Math.max(0, stateCellsStartIndex);
  return firstTokens === 0 || firstTokens < heldTokens - windowTokens ? heldTokens : Math.min(heldTokens, firstTokens);
}
