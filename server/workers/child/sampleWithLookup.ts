import type { FullSampling } from "../../protocol/sampling.js";
import type { Speculation } from "../tuning/Tuning.js";
import type { Engine, Token } from "./engine.js";
import type { Lane } from "./Lane.js";
import { PromptLookup } from "./PromptLookup.js";

/** When guesses do not pay, so many tokens pass before the next one. */
const restTokens = 48;
/** How much the newest guess counts in the average. */
const newestShare = 0.3;

/**
 * Whether guessing ahead leaves the reply as it is: what is sampled has to depend on the tokens before it alone, and on no state that a
 * guess would change.
 */
export function isPredictable(sampling: FullSampling): boolean {
  return (
    sampling.temperature === 0 &&
    sampling.grammar === undefined &&
    sampling.alternatives === undefined &&
    sampling.dryMultiplier === 0 &&
    sampling.xtcProbability === 0
  );
}

/**
 * As {@link Engine.sample}, but where the text has said something before, several tokens are evaluated at once as it said them, and kept
 * as far as the model would have chosen them itself. Only while nobody else's reply is being written: a batch of several lanes uses the
 * machine as well as a guess does. `recent`: the penalties' window; the caller pushes each token on it before it asks for the next.
 * `room`: tokens that the context can still take.
 */
export async function* sampleWithLookup(
  engine: Engine,
  lane: Lane,
  job: {
    promptTokens: readonly Token[];
    sampling: FullSampling;
    recent: () => Token[];
    room: () => number;
    speculation: Speculation;
  },
): AsyncGenerator<{ token: Token; probabilities?: ReadonlyMap<Token, number> }> {
  const { sampling, recent, speculation } = job;
  const { batcher } = engine;
  const priority = batcher.priorityOf(lane.id);
  const lookup = new PromptLookup(job.promptTokens);
  const samples = engine.sample(lane.sequence, job.promptTokens.slice(-1), sampling, recent, priority);
  let accepted: number = speculation.draftTokens;
  let rest = 0;
  /** The token that was yielded last, where the engine does not know of it. */
  let replacement: Token | undefined;
  try {
    for (;;) {
      const step = await samples.next(replacement);
      replacement = undefined;
      if (step.done === true) return;
      let { token } = step.value;
      yield step.value;
      lookup.push(token);
      while (rest-- <= 0 && batcher.decoding === 1) {
        const guess = lookup.guess(Math.min(speculation.draftTokens, job.room())) as Token[];
        if (guess.length === 0) break;
        const tokens = await batcher.aside(() =>
          engine.verify(lane.sequence, [token, ...guess], sampling, recent(), priority),
        );
        batcher.tokenArrived();
        accepted += (tokens.length - 1 - accepted) * newestShare;
        if (accepted < speculation.breakEvenTokens) rest = restTokens;
        for (const next of tokens) {
          token = next;
          replacement = next;
          yield { token: next };
          lookup.push(next);
        }
      }
    }
  } finally {
    await samples.return(undefined);
  }
}
