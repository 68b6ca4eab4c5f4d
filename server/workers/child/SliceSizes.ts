import { tileTokens } from "./tiles.js";

/** A slice should take about this long: Stop waits for one at most … */
const aloneTargetMs = 400;
/** … and so does everyone whose reply is being written meanwhile. */
export const sharedTargetMs = 120;
const fewestTokens = 16;
/** Slices of fewer tokens than a tile have to be this much dearer per token before whole tiles are tried for good. */
const dearFactor = 1.5;
/** A token of a slice that fills no tile may take this many times as long as one of a tile: see the measurement of tiles. */
const untiledFactor = 2.5;
/** A slice that takes this many times as long as the one before says something of the machine's moment … */
const hiccupFactor = 2;
/** … unless so many do. */
const hiccupSlices = 3;

/** What a worker has learned about reading from one prompt to the next. */
export interface ReadingPace {
  /** Milliseconds per token of the latest slice of whole tiles. */
  tileMs?: number;
  /** … and of the latest one of any size. */
  latestMs?: number;
}

/**
 * The sizes of one prompt's slices. It is read in slices so that Stop works and others get their turn: each should take a certain time, and
 * how many tokens that is depends on the model, the machine and how much the sequence holds already. Slices are whole tiles where that is
 * affordable.
 */
export class SliceSizes {
  readonly #pace: ReadingPace;
  readonly #mostTokens: number;
  #wholeTiles = false;
  #hiccups = 0;
  #begun = false;

  /** `mostTokens`: that a batch takes. */
  constructor(pace: ReadingPace, mostTokens: number) {
    this.#pace = pace;
    this.#mostTokens = mostTokens;
  }

  /** Tokens of the next slice, of `left` ones. `decoding`: sequences that decode beside it; `targetMs`: about how long it should take. */
  next(left: number, decoding: number, targetMs = decoding > 0 ? sharedTargetMs : aloneTargetMs): number {
    const begins = !this.#begun;
    this.#begun = true;
    // llama.cpp computes one token of each sequence first and what is left of the slice after that, on its own.
    const beside = decoding > 0 ? 1 : 0;
    const size = this.#size(begins, decoding, targetMs) + beside;
    if (left <= size) return beside > 0 && this.#isDearEnd(left - beside, targetMs) ? part(left) : left;
    // What does not fill a tile goes along with the first one, or where that takes too long is read before it, with little to attend to.
    const odd = left % tileTokens;
    if (!begins || beside > 0 || size < tileTokens || odd === 0) return size;
    const both = odd + tileTokens;
    const { latestMs = Number.POSITIVE_INFINITY } = this.#pace;
    // A single token would look like one of a reply to the batcher.
    return odd === 1 || both * latestMs <= targetMs ? both : odd;
  }

  /** The slice of so many tokens took `ms`, waiting for others included. */
  took(tokens: number, ms: number): void {
    // So few say more of the batch than of its tokens.
    if (tokens < fewestTokens) return;
    const perTokenMs = ms / tokens;
    const { tileMs = Number.POSITIVE_INFINITY } = this.#pace;
    if (tokens >= tileTokens && perTokenMs > tileMs * hiccupFactor && ++this.#hiccups < hiccupSlices) return;
    this.#hiccups = 0;
    this.#pace.latestMs = perTokenMs;
    if (tokens >= tileTokens) this.#pace.tileMs = perTokenMs;
    else if (perTokenMs > tileMs * dearFactor) this.#wholeTiles = true;
  }

  /** True when so many tokens fill no tile and take so long that others would wait for more than a slice. */
  #isDearEnd(tokens: number, targetMs: number): boolean {
    const { latestMs = 0 } = this.#pace;
    return tokens < tileTokens && tokens * untiledFactor * latestMs > Math.max(targetMs, tileTokens * latestMs);
  }

  #size(begins: boolean, decoding: number, targetMs: number): number {
    const { latestMs } = this.#pace;
    // Nothing is known of this model yet: a slice that is too long makes others wait.
    if (latestMs === undefined) return decoding > 0 ? fewestTokens : tileTokens;
    const ideal = targetMs / latestMs;
    const most = Math.floor((this.#mostTokens - decoding) / tileTokens);
    const tiles = Math.max(1, Math.min(most, Math.floor(ideal / tileTokens)));
    // A tile may take twice the time before fewer tokens are thought of.
    if (2 * ideal >= tileTokens || this.#wholeTiles) return tileTokens * (begins ? 1 : tiles);
    return Math.max(fewestTokens, Math.floor(ideal));
  }
}

/** The first of as few even parts of so many tokens as take no longer than a tile each. */
function part(tokens: number): number {
  return Math.ceil(tokens / Math.ceil((tokens * untiledFactor) / tileTokens));
}
