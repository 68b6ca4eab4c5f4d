import { placeBeside } from "./placeBeside.js";

/**
 * Shows a popover over everything else (in the top layer no scrolling parent can cut it off) and keeps it beside its button while
 * things move. `lineUp` names the edges to line up, in reading direction. Returns how to stop.
 */
export function keepBeside(box: HTMLElement, button: () => DOMRect, lineUp: "start" | "end"): () => void {
  box.showPopover?.();
  const place = () => {
    const isRtl = getComputedStyle(box).direction === "rtl";
    const { left, top, maxHeight } = placeBeside(
      button(),
      { width: box.offsetWidth, height: box.scrollHeight },
      { width: window.innerWidth, height: window.innerHeight },
      (lineUp === "start") === isRtl ? "right" : "left",
    );
    box.style.left = `${left}px`;
    box.style.top = `${top}px`;
    box.style.maxHeight = `${maxHeight}px`;
  };
  place();
  window.addEventListener("resize", place);
  window.addEventListener("scroll", place, { capture: true, passive: true });
  return () => {
    window.removeEventListener("resize", place);
    window.removeEventListener("scroll", place, { capture: true });
  };
}
