import type { Batcher } from "./Batcher.js";
import type { Sequence, Token } from "./engine.js";

/** How node-llama-cpp 3.22 calls it inside; its own decision context is made with it. */
const copyMethod = "_copyStateFromOtherSequence";
/** Read anew at the end of what is copied. A single token would look like one of a reply to the batcher. */
const evaluatedTokens = 2;

/** A copy is worth at least so many tokens: everybody stops for it, and the two that are read anew cost a batch. */
const leastTokens = 16;

/**
 * From how many tokens on a copy costs less than reading them. `Infinity` where it cannot be made: where a cache is more than one entry
 * per token (recurrent models, those that slide a window over the text), and when the engine has lost the method.
 */
export function worthCopyingTokens(
  sequence: Pick<Sequence, "needsCheckpoints" | "contextSize"> & { model: { size: number } },
): number {
  if (typeof Reflect.get(sequence, copyMethod) !== "function" || sequence.needsCheckpoints)
    return Number.POSITIVE_INFINITY;
  return Math.max(leastTokens, copyCostTokens(sequence.model.size, sequence.contextSize));
}

/**
 * What a copy costs, in tokens that are read meanwhile. Measured on an idle machine with two cores, with 512, 2,048 and 8,192 tokens of
 * context: 15M parameters 39, 69, 104 (4 to 8 ms, most of it for the graph that llama.cpp plans anew); 110M 6, 15, 45; with a KV cache
 * of type q8_0 7 and 15 at 2,048 and 8,192; 1.1B 1 and 4. Larger models read more slowly, while their caches grow less.
 */
export function copyCostTokens(weightsBytes: number, contextTokens: number): number {
  return (48 + contextTokens / 128) * Math.min(1, 40e6 / weightsBytes);
}

/**
 * Makes `target` hold what `source` holds of `tokens`; but for the last two, which are evaluated. What `target` held before is gone,
 * also when the copy fails. To be called while no sequence asks for tokens, and while nobody loads another state into `source`.
 *
 * llama.cpp notes a copy from stream to stream and makes it with the next batch, of the streams as a whole
 * (`llama_kv_cache::seq_cp`, `update`). A state that is saved, or loaded into one of the two, before that would be the wrong one.
 * The two tokens are that batch, whatever has become of the copy.
 */
export async function copyPrefix(
  source: Sequence,
  target: Sequence,
  tokens: readonly Token[],
  evaluationPriority: ReturnType<Batcher["priorityOf"]>,
): Promise<{ copiedTokens: number; evaluatedTokens: number }> {
  const wanted = tokens.slice(0, -evaluatedTokens);
  // What `source` holds may have become less while the engine's lock was waited for: what counts is what came.
  if (await copyState(source, target, wanted.length)) await target.adaptStateToTokens(wanted, false);
  else await target.clearHistory();
  const copiedTokens = target.nextTokenIndex;
  const next = tokens.slice(copiedTokens, copiedTokens + evaluatedTokens);
  await target.evaluateWithoutGeneratingNewTokens(next, { evaluationPriority });
  return { copiedTokens, evaluatedTokens };
}

/** True when `target` knows what it holds; else it has to be cleared. */
async function copyState(source: Sequence, target: Sequence, tokens: number): Promise<boolean> {
  const copy: unknown = Reflect.get(target, copyMethod);
  if (typeof copy !== "function") return false;
  try {
    return (await Reflect.apply(copy, target, [source, tokens])) === true;
  } catch {
    return false;
  }
}
