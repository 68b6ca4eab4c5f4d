import { startTransition, useEffect, useState } from "react";

/** Turns that are drawn at once: they fill most windows, and take no longer than two frames. */
const firstTurns = 2;
const turnsPerStep = 2;

/**
 * From which turn on a long chat is drawn. The end is drawn at once, since that is where one reads on; what is before follows step
 * by step whenever the page has nothing else to do, so that opening and typing never wait for it. Starts over with `startKey`.
 */
export function useShownFrom(totalTurns: number, startKey: string): number {
  const [drawn, setDrawn] = useState({ startKey, turns: firstTurns });
  const turns = drawn.startKey === startKey ? drawn.turns : firstTurns;
  useEffect(() => {
    if (turns >= totalTurns) return;
    const more = () => startTransition(() => setDrawn({ startKey, turns: turns + turnsPerStep }));
    if (!("requestIdleCallback" in window)) {
      const timer = setTimeout(more, 16);
      return () => clearTimeout(timer);
    }
    const idle = requestIdleCallback(more, { timeout: 1000 });
    return () => cancelIdleCallback(idle);
  }, [turns, totalTurns, startKey]);
  return Math.max(0, totalTurns - turns);
}
