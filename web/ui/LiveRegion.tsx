import { useEffect, useState } from "react";
import { onAnnounced } from "./announce.js";

/** The one place from which the page speaks to a screen reader. */
export function LiveRegion() {
  const [said, setSaid] = useState("");
  useEffect(
    () =>
      onAnnounced((text) => {
        // The same words again are news only if the text differs.
        setSaid((before) => (before === text ? `${text}\u00a0` : text));
      }),
    [],
  );
  return (
    <p className="visuallyHidden" role="status">
      {said}
    </p>
  );
}
