import { type ReactNode, type Ref, useEffect, useLayoutEffect, useRef, useState } from "react";
import { keepBeside } from "./keepBeside.js";
import styles from "./Popover.module.css";
import { useEscape } from "./useEscape.js";

interface Props {
  /** Draws the button; spread `attributes` on it. */
  button: (attributes: { "aria-expanded": boolean; onClick: () => void; ref: Ref<HTMLButtonElement> }) => ReactNode;
  /** Draws what opens; `close` also gives the focus back to the button. */
  children: (close: () => void) => ReactNode;
  /** The edge of the button that it lines up with. */
  align?: "start" | "end";
}

/**
 * A small panel beside its button, over everything else and never cut off: below, or above when there is more room. Escape, a press
 * outside and moving the focus out of it close it.
 */
export function Popover({ button, children, align = "start" }: Props) {
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLDivElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    trigger.current?.focus();
  };
  useEscape(open, () => {
    close();
    return true;
  });

  useLayoutEffect(() => {
    const box = panel.current;
    const beside = trigger.current;
    if (!open || !box || !beside) return;
    return keepBeside(box, () => beside.getBoundingClientRect(), align);
  }, [open, align]);

  useEffect(() => {
    if (!open) return;
    const onOutside = (event: Event) => {
      if (event.target instanceof Node && !anchor.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", onOutside);
    document.addEventListener("focusin", onOutside);
    return () => {
      document.removeEventListener("pointerdown", onOutside);
      document.removeEventListener("focusin", onOutside);
    };
  }, [open]);

  return (
    <div className={styles.anchor} ref={anchor}>
      {button({ "aria-expanded": open, onClick: () => setOpen(!open), ref: trigger })}
      {open ? (
        <div ref={panel} popover="manual" className={styles.panel}>
          {children(close)}
        </div>
      ) : null}
    </div>
  );
}
