/** Runs `task` before a paint, or soon in a tab that does not paint; returns how to call it off. */
export type FrameScheduler = (task: () => void) => () => void;

/** How to wait, each returning how to call it off; tests bring their own. */
interface Surroundings {
  /** Whether the machine that shows the page computes the replies, too. */
  readonly besideModel: boolean;
  nowMs(): number;
  /** Before the next paint. */
  onFrame(task: () => void): () => void;
  after(ms: number, task: () => void): () => void;
}

const hiddenTabMs = 250;
/** A page on the machine that computes the reply takes its time from the model: it rests so many times as long as it was busy. */
const restPerWork = 2;
/**
 * Beside the model it rests so long after each frame: painting takes threads that the page cannot see, and the model's threads wait for
 * each other. Measured with 1.1B parameters on two cores without a GPU, text as painted: 36 tokens per second with the rest above, 44 with
 * this one, 43 with 80 ms, where the socket alone has 55.
 */
const besideModelRestMs = 50;
/** Text that stands still for longer than this looks stuck. */
const longestRestMs = 100;
/** Longer work makes no rest longer, and is often none: in a page out of sight, or on a machine that slept, the timer that ends it comes late. */
const mostWorkMs = longestRestMs / restPerWork;
/** How much of a frame's own duration counts, the rest being those before. */
const newestShare = 0.25;

const thisPage: Surroundings = {
  besideModel: /^(localhost|127\..*|\[::1\])$/.test(globalThis.location?.hostname ?? ""),
  nowMs: () => performance.now(),
  onFrame(task) {
    const frame = requestAnimationFrame(task);
    return () => cancelAnimationFrame(frame);
  },
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Frames that are as many as the page can draw in a third of its time: every one where a frame takes 5 ms, half or a third of them on a
 * weak or busy machine, and no more than fifteen a second beside the model. A frame's work is what the main thread does from the task to
 * the end of the paint. Hidden tabs get no frames, so a timer stands by.
 */
export function pacedFrames({ besideModel, nowMs, onFrame, after }: Surroundings = thisPage): FrameScheduler {
  let usualWorkMs = 0;
  let restedMs = Number.NEGATIVE_INFINITY;

  /** After work that ends at `endMs`. */
  const rest = (endMs: number) => {
    restedMs = endMs + Math.max(restPerWork * usualWorkMs, besideModel ? besideModelRestMs : 0);
  };

  return (task) => {
    let callOffs: (() => void)[] = [];
    const callOff = () => {
      for (const each of callOffs) each();
      callOffs = [];
    };
    const run = () => {
      callOff();
      const startMs = nowMs();
      rest(startMs + usualWorkMs);
      task();
      // A timer of no length comes once the frame is painted.
      after(0, () => {
        const endMs = nowMs();
        usualWorkMs += (Math.min(mostWorkMs, endMs - startMs) - usualWorkMs) * newestShare;
        rest(endMs);
      });
    };
    const restMs = restedMs - nowMs();
    if (restMs > 0) callOffs.push(after(restMs, () => callOffs.push(onFrame(run))));
    else callOffs.push(onFrame(run));
    callOffs.push(after(hiddenTabMs, run));
    return callOff;
  };
}
