import { useEffect, useState } from "react";
import { copyText } from "./copyText.js";
import { IconButton } from "./IconButton.js";
import { messages } from "./messages.js";

interface Props {
  label: string;
  /** Asked for at the click, so that a growing text is copied as it stands then. */
  text: () => string;
  className?: string | undefined;
}

const shownMs = 2000;

/** Copies and says so for two seconds, by sign and to a screen reader. */
export function CopyButton({ label, text, className }: Props) {
  const [outcome, setOutcome] = useState<"copied" | "failed" | undefined>();
  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => setOutcome(undefined), shownMs);
    return () => clearTimeout(timer);
  }, [outcome]);
  const said =
    outcome === "copied" ? messages.message.copied : outcome === "failed" ? messages.message.copyFailed : undefined;
  return (
    <>
      <IconButton
        icon={outcome === "copied" ? "check" : outcome === "failed" ? "alert" : "copy"}
        iconSize={16}
        label={said ?? label}
        className={className}
        onClick={() => {
          void copyText(text()).then((worked) => setOutcome(worked ? "copied" : "failed"));
        }}
      />
      <span className="visuallyHidden" role="status">
        {said}
      </span>
    </>
  );
}
