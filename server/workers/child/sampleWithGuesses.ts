import type { FullSampling } from "../../protocol/sampling.js";
import type { Engine, Token } from "./engine.js";
import type { Guesser } from "./Guesser.js";
import type { Lane } from "./Lane.js";

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

/** One reply that is written with guesses. */
export interface GuessingJob {
  /** Those at the prompt's end that the sequence does not hold yet. */
  unread: Token[];
  sampling: FullSampling;
  /** The penalties' window; the caller pushes each token on it before it asks for the next. */
  recent: () => Token[];
  /** Tokens that the context can still take. */
  room: () => number;
  /** Asked in this order: the first one that has a guess is heard. */
  guessers: readonly Guesser[];
  /** Called for each guess. */
  onChecked(guessed: number, right: number): void;
}

/**
 * As {@link Engine.sample}, but where somebody has a guess, its tokens are evaluated at once and kept as far as the model would have
 * chosen them itself. Only while nobody else's reply is being written: a batch of several lanes uses the machine as well as a guess does.
 */
export async function* sampleWithGuesses(
  engine: Engine,
  lane: Lane,
  { unread, sampling, recent, room, guessers, onChecked }: GuessingJob,
): AsyncGenerator<{ token: Token; probabilities?: ReadonlyMap<Token, number> }> {
  const { batcher } = engine;
  const priority = batcher.priorityOf(lane.id);
  const samples = engine.sample(lane.sequence, unread, sampling, recent, priority);
  const push = (token: Token) => {
    for (const guesser of guessers) guesser.push(token);
  };
  /** The token that was yielded last, where the engine does not know of it. */
  let replacement: Token | undefined;
  /** What comes with a slice of the prompt takes longer than a token, and no guess would have spared it. */
  let isToken = unread.length === 1;
  try {
    for (;;) {
      const startMs = performance.now();
      const step = await samples.next(replacement);
      replacement = undefined;
      if (step.done === true) return;
      let { token } = step.value;
      const stepMs = performance.now() - startMs;
      if (isToken && batcher.writing === 1) for (const guesser of guessers) guesser.plain(stepMs);
      isToken = true;
      yield step.value;
      push(token);
      while (batcher.writing === 1) {
        const guessStartMs = performance.now();
        const { guess, by } = await firstGuess(guessers, room());
        if (by === undefined) break;
        const tokens = await batcher.aside(() =>
          engine.verify(lane.sequence, [token, ...guess], sampling, recent(), priority),
        );
        batcher.partDone();
        const outcome = { guessed: guess.length, right: tokens.length - 1, ms: performance.now() - guessStartMs };
        by.checked(outcome);
        onChecked(outcome.guessed, outcome.right);
        for (const next of tokens) {
          token = next;
          replacement = next;
          yield { token: next };
          push(next);
        }
      }
    }
  } finally {
    await samples.return(undefined);
  }
}

async function firstGuess(guessers: readonly Guesser[], room: number): Promise<{ guess: Token[]; by?: Guesser }> {
  for (const by of guessers) {
    const guess = await by.guess(room);
    if (guess.length > 0) return { guess, by };
  }
  return { guess: [] };
}
