interface Size {
  width: number;
  height: number;
}

const gap = 6;
const margin = 8;

/**
 * Where a panel goes beside its button, in CSS pixels from the window's top left: below if it fits there or there is more room than
 * above, lined up with one edge of the button, and always inside the window.
 */
export function placeBeside(
  button: { left: number; right: number; top: number; bottom: number },
  panel: Size,
  window: Size,
  edge: "left" | "right",
): { left: number; top: number; maxHeight: number } {
  const roomBelow = window.height - button.bottom - gap - margin;
  const roomAbove = button.top - gap - margin;
  const below = panel.height <= roomBelow || roomBelow >= roomAbove;
  const maxHeight = Math.max(0, below ? roomBelow : roomAbove);
  const height = Math.min(panel.height, maxHeight);
  const wanted = edge === "left" ? button.left : button.right - panel.width;
  return {
    left: Math.max(margin, Math.min(wanted, window.width - panel.width - margin)),
    top: below ? button.bottom + gap : button.top - gap - height,
    maxHeight,
  };
}
