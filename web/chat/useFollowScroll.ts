import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { followRule, followWithinPx, type ScrollEvent } from "./followRule.js";

const releasingKeys = new Set(["PageUp", "ArrowUp", "Home"]);

/**
 * Keeps the end of a growing transcript in sight until the reader takes over. `away`: the end is out of reach. Starts at the end
 * whenever `startKey` changes.
 */
export function useFollowScroll(
  scroller: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
  startKey: string,
) {
  const following = useRef(true);
  const lastTop = useRef(0);
  const [away, setAway] = useState(false);
  const [grewWhileAway, setGrewWhileAway] = useState(false);

  const distance = useCallback(() => {
    const box = scroller.current;
    return box ? box.scrollHeight - box.clientHeight - box.scrollTop : 0;
  }, [scroller]);

  const toEnd = useCallback(() => {
    const box = scroller.current;
    if (!box) return;
    box.scrollTop = box.scrollHeight;
    lastTop.current = box.scrollTop;
  }, [scroller]);

  const happened = useCallback(
    (event: ScrollEvent) => {
      following.current = followRule(following.current, event);
      const isAway = !following.current && distance() > followWithinPx;
      setAway(isAway);
      if (!isAway) setGrewWhileAway(false);
    },
    [distance],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: another chat starts at its end.
  useLayoutEffect(() => {
    happened({ type: "jumped" });
    toEnd();
  }, [startKey, happened, toEnd]);

  useEffect(() => {
    const box = scroller.current;
    const inner = content.current;
    if (!box || !inner) return;
    let height = inner.offsetHeight;
    const observer = new ResizeObserver(() => {
      const grew = inner.offsetHeight > height;
      height = inner.offsetHeight;
      if (following.current) toEnd();
      else {
        const isAway = distance() > followWithinPx;
        setAway(isAway);
        if (grew && isAway) setGrewWhileAway(true);
      }
    });
    observer.observe(inner);
    observer.observe(box);

    const release = () => happened({ type: "released" });
    const onScroll = () => {
      const movedDown = box.scrollTop > lastTop.current;
      lastTop.current = box.scrollTop;
      happened({ type: "scrolled", movedDown, distance: distance() });
    };
    const onWheel = (event: WheelEvent) => {
      if (event.deltaY < 0) release();
    };
    const onKey = (event: KeyboardEvent) => {
      if (releasingKeys.has(event.key)) release();
    };
    const onSelection = () => {
      const selection = document.getSelection();
      if (selection && !selection.isCollapsed && inner.contains(selection.anchorNode)) release();
    };
    const onFocus = (event: FocusEvent) => {
      if (event.target instanceof Element && event.target.matches(":focus-visible")) release();
    };
    box.addEventListener("scroll", onScroll, { passive: true });
    box.addEventListener("wheel", onWheel, { passive: true });
    box.addEventListener("touchmove", release, { passive: true });
    box.addEventListener("keydown", onKey);
    inner.addEventListener("focusin", onFocus);
    document.addEventListener("selectionchange", onSelection);
    return () => {
      observer.disconnect();
      box.removeEventListener("scroll", onScroll);
      box.removeEventListener("wheel", onWheel);
      box.removeEventListener("touchmove", release);
      box.removeEventListener("keydown", onKey);
      inner.removeEventListener("focusin", onFocus);
      document.removeEventListener("selectionchange", onSelection);
    };
  }, [scroller, content, happened, toEnd, distance]);

  const jump = useCallback(() => {
    happened({ type: "jumped" });
    toEnd();
  }, [happened, toEnd]);

  const release = useCallback(() => happened({ type: "released" }), [happened]);

  return { away, grewWhileAway, jump, release };
}
