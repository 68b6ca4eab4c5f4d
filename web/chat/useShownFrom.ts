import { startTransition, useEffect, useState } from "react";

const turnsPerStep = 2;

/**
 * From which turn on a long chat is drawn. The end is drawn at once, since that is where one reads on: `firstTurns`, which fill the
 * window, so that nothing in it moves when what is before follows. That comes step by step whenever the page has nothing else to do,
 * so that opening and typing never wait for it. Starts over with `startKey`.
 */
export function useShownFrom(totalTurns: number, firstTurns: number, startKey: string): number {
  const [drawn, setDrawn] = useState({ startKey, turns: 0 });
  const turns = Math.max(firstTurns, drawn.startKey === startKey ? drawn.turns : 0);
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
