import type { StopReason } from "../../protocol/generation.js";
import type { FullSampling } from "../../protocol/sampling.js";
import type { WorkerStats } from "../messages.js";
import type { Engine, Token } from "./engine.js";
import { keptTokens, shiftSize } from "./fitPrompt.js";
import type { Lane } from "./Lane.js";
import { openGuessers } from "./openGuessers.js";
import { prefixLength } from "./ParkedStates.js";
import { type OnText, ReplyWriter } from "./ReplyWriter.js";
import type { PromptReader, SharedPrefixes } from "./SharedPrefixes.js";
import { SliceSizes } from "./SliceSizes.js";
import { sampleWithGuesses } from "./sampleWithGuesses.js";
import { tokensToKeep } from "./tiles.js";
import { tokensInReach } from "./tokensInReach.js";

export interface GenerationJob {
  /** As they fit in the context. */
  promptTokens: Token[];
  /** Those that had to be left out for that. */
  droppedTokens?: number;
  sampling: FullSampling;
  /** Keep what the sequence's KV cache, or another's of the same owner, holds of the prompt already. */
  reusePrefix: boolean;
  shared: SharedPrefixes;
  /** Go on when the context is full, without the older half of what it holds. */
  contextShift: boolean;
  /** Aborted by Stop; looked at before every slice and every token. */
  signal: AbortSignal;
  onReading(evaluatedTokens: number, promptTokens: number): void;
  onText: OnText;
}

/**
 * Reads the prompt into the sequence (keeping the longest prefix that its KV cache holds already) and samples until an end.
 */
export async function runGeneration(
  engine: Engine,
  lane: Lane,
  job: GenerationJob,
): Promise<{ stopReason: Exclude<StopReason, "error">; stats: WorkerStats }> {
  const { promptTokens, droppedTokens = 0, sampling, signal } = job;
  const { sequence } = lane;
  const { batcher } = engine;
  const evaluationPriority = batcher.priorityOf(lane.id);
  const contextTokens = engine.info.contextTokens;

  const toKeep = (heldTokens: number) =>
    tokensToKeep(heldTokens, promptTokens.length, batcher.decoding > 0 ? 1 : 0, engine.tiledWidth);
  const startMs = performance.now();
  // The last prompt token is evaluated by the sampling loop, so at least that one is never taken from the cache.
  await batcher.exclusive(async () => {
    if (!job.reusePrefix) return await sequence.clearHistory();
    const heldTokens = prefixLength(sequence.contextTokens, promptTokens.slice(0, -1));
    await sequence.adaptStateToTokens(promptTokens.slice(0, tokensInReach(sequence, toKeep(heldTokens))), false);
  });
  const reader = job.shared.begin(lane, promptTokens, toKeep);
  const stats: WorkerStats = {
    promptTokens: promptTokens.length,
    ...(droppedTokens > 0 ? { droppedTokens } : {}),
    cachedTokens: sequence.nextTokenIndex,
    generatedTokens: 0,
    contextTokens,
    promptEvalMs: 0,
    generationMs: 0,
    tokensPerSecond: 0,
    seed: sampling.seed,
  };
  const finish = (stopReason: Exclude<StopReason, "error">) => {
    if (stats.generatedTokens === 0) stats.promptEvalMs = performance.now() - startMs;
    if (stats.generationMs > 0) stats.tokensPerSecond = ((stats.generatedTokens - 1) / stats.generationMs) * 1000;
    return { stopReason, stats };
  };

  const recent: Token[] = sampling.repeatLastTokens > 0 ? promptTokens.slice(-sampling.repeatLastTokens) : [];
  const writer = new ReplyWriter(sampling, engine.vocabulary, promptTokens, job.onText);

  let stopReason: Exclude<StopReason, "error"> = "context";
  let firstTokenMs = 0;
  let heldTokens = promptTokens.length;
  let shiftedTokens = 0;
  let leaveDecoding: (() => void) | undefined;
  try {
    const sizes = new SliceSizes(engine.readingPace, engine.batchTokens);
    const evaluatedTokens = await readPrompt(engine, lane, reader, sizes, job);
    stats.cachedTokens = Math.max(0, sequence.nextTokenIndex - evaluatedTokens);
    if (signal.aborted) return finish("stopped");

    const unread = promptTokens.slice(sequence.nextTokenIndex);
    const guessers = openGuessers(engine, lane, {
      promptTokens,
      sampling,
      recent: () => recent,
      dropped: () => ({ kept: keptTokens, count: shiftedTokens }),
    });
    const samples =
      guessers.length > 0
        ? sampleWithGuesses(engine, lane, {
            unread,
            sampling,
            recent: () => recent,
            // One for the token that is known, and one that the engine wants to be left.
            room: () => contextTokens - heldTokens - 2,
            guessers,
            onChecked: (guessed, right) => {
              stats.guessedTokens = (stats.guessedTokens ?? 0) + guessed;
              stats.acceptedTokens = (stats.acceptedTokens ?? 0) + right;
            },
          })
        : engine.sample(sequence, unread, sampling, () => recent, evaluationPriority);
    await batcher.gate();
    const sliceStartMs = performance.now();
    // What comes with a slice of the prompt is none of the steps that batches wait for.
    if (unread.length === 1) leaveDecoding = batcher.enterDecoding();
    // The engine would drop the oldest tokens silently when the context is full; the loop ends or makes room before that.
    for await (const { token, probabilities } of samples) {
      leaveDecoding ??= batcher.enterDecoding();
      batcher.partDone();
      if (signal.aborted) {
        stopReason = "stopped";
        break;
      }
      const nowMs = performance.now();
      if (stats.generatedTokens === 0) {
        firstTokenMs = nowMs;
        stats.promptEvalMs = nowMs - startMs;
        reader.end();
        sizes.took(unread.length, nowMs - sliceStartMs);
        job.onReading(promptTokens.length, promptTokens.length);
      }
      if (!sampling.ignoreEos && engine.isEndToken(token)) {
        stopReason = "end";
        break;
      }
      stats.generatedTokens++;
      stats.generationMs = nowMs - firstTokenMs;
      recent.push(token);
      if (recent.length > sampling.repeatLastTokens) recent.shift();
      if (writer.push(token, probabilities)) return finish("stopString");
      if (stats.generatedTokens >= sampling.maxTokens) {
        stopReason = "length";
        break;
      }
      if (++heldTokens >= contextTokens) {
        if (!job.contextShift) break;
        const dropped = shiftSize(contextTokens);
        // What stays was computed with what goes, and is no more what others would compute for those tokens.
        lane.tokens = lane.tokens.slice(0, keptTokens);
        await job.shared.returned(lane);
        await batcher.exclusive(() =>
          sequence.eraseContextTokenRanges([{ start: keptTokens, end: keptTokens + dropped }]),
        );
        heldTokens -= dropped;
        shiftedTokens += dropped;
        stats.droppedTokens = (stats.droppedTokens ?? 0) + dropped;
      }
      const gate = batcher.gate();
      if (gate !== undefined) await gate;
    }
  } finally {
    reader.end();
    leaveDecoding?.();
    // Nor may the next prompt go on from it: the reply would depend on a text that neither has any more.
    if (shiftedTokens > 0) await batcher.exclusive(() => sequence.clearHistory());
  }
  return finish(writer.finish(stopReason));
}

/**
 * Evaluates the prompt but for its last slice, which the first token is sampled with, in slices, so that Stop works and others get their
 * turn. Returns how many tokens were evaluated; what the sequence holds of the prompt then is less than all of it.
 */
async function readPrompt(
  engine: Engine,
  lane: Lane,
  reader: PromptReader,
  sizes: SliceSizes,
  job: GenerationJob,
): Promise<number> {
  const { batcher } = engine;
  const { promptTokens, signal } = job;
  const { sequence } = lane;
  const evaluationPriority = batcher.priorityOf(lane.id);
  let evaluatedTokens = 0;
  const onProgress = (tokens: number) => job.onReading(tokens, promptTokens.length);
  onProgress(sequence.nextTokenIndex);
  while (!signal.aborted) {
    if (job.reusePrefix) evaluatedTokens += await reader.catchUp(signal, onProgress);
    await batcher.gate();
    const from = sequence.nextTokenIndex;
    const to = from + sizes.next(promptTokens.length - from, batcher.decoding);
    if (signal.aborted || to === promptTokens.length) break;
    const sliceStartMs = performance.now();
    await sequence.evaluateWithoutGeneratingNewTokens(promptTokens.slice(from, to), { evaluationPriority });
    batcher.partDone();
    sizes.took(to - from, performance.now() - sliceStartMs);
    evaluatedTokens += to - from;
    reader.advanced();
    onProgress(to);
  }
  return evaluatedTokens;
}
