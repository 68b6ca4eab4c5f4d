import { useEffect, useState } from "react";
import { announce } from "./announce.js";
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
  const [outcome, setOutcome] = useState<"copied" | "copyFailed" | undefined>();
  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => setOutcome(undefined), shownMs);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () => {
    const worked = await copyText(text());
    setOutcome(worked ? "copied" : "copyFailed");
    announce(worked ? messages.message.copied : messages.message.copyFailed);
  };
  return (
    <IconButton
      icon={outcome === "copied" ? "check" : outcome === "copyFailed" ? "alert" : "copy"}
      iconSize={16}
      label={outcome ? messages.message[outcome] : label}
      className={className}
      onClick={() => void copy()}
    />
  );
}
