/** Text is followed while the reader is this near the end, in CSS pixels. */
export const followWithinPx = 80;

/** What the reader or the page did to the scrolling transcript. `distance` is how far the end is below the visible part. */
export type ScrollEvent =
  /** Wheel up, page up, a drag, a selection, focus in a message: the reader wants to stay where they are. */
  { type: "released" } | { type: "scrolled"; movedDown: boolean; distance: number } | { type: "jumped" };

/**
 * Whether new text is followed. Scrolling up lets go at once, even within reach of the end, so that the page never pulls the reader
 * back; scrolling down to the end takes it up again.
 */
export function followRule(following: boolean, event: ScrollEvent): boolean {
  switch (event.type) {
    case "released":
      return false;
    case "jumped":
      return true;
    case "scrolled":
      return following || (event.movedDown && event.distance <= followWithinPx);
  }
}
