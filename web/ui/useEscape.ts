import { useEffect, useRef } from "react";

type Handler = () => boolean | undefined;
const stack: { current: Handler }[] = [];

function onKeyDown(event: KeyboardEvent) {
  if (event.key !== "Escape" || event.isComposing || event.shiftKey || event.defaultPrevented) return;
  for (const entry of [...stack].reverse()) {
    if (entry.current() !== false) {
      event.preventDefault();
      return;
    }
  }
}

/**
 * Calls `handler` when Escape is pressed while `active`. What was opened last is asked first, and only one handler acts: Escape
 * closes a popover before it stops a reply. A handler that returns false passes the key on.
 */
export function useEscape(active: boolean, handler: Handler): void {
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => {
    if (!active) return;
    const entry = latest;
    if (stack.length === 0) window.addEventListener("keydown", onKeyDown);
    stack.push(entry);
    return () => {
      stack.splice(stack.indexOf(entry), 1);
      if (stack.length === 0) window.removeEventListener("keydown", onKeyDown);
    };
  }, [active]);
}
