import { useEffect, useRef } from "react";
import { messages } from "../ui/messages.js";
import styles from "./History.module.css";

/** A chat's title while it is rewritten in its place. `onDone` gets the new title, or undefined when it stays. */
export function RenameField({ title, onDone }: { title: string; onDone: (title: string | undefined) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  useEffect(() => input.current?.select(), []);
  const finish = (next: string | undefined) => {
    // Taking the field away also takes its focus.
    if (done.current) return;
    done.current = true;
    const clean = next?.trim();
    onDone(clean === "" || clean === title ? undefined : clean);
  };
  return (
    <input
      ref={input}
      className={styles.rename}
      defaultValue={title}
      maxLength={200}
      aria-label={messages.chatList.renameLabel}
      onBlur={(event) => finish(event.target.value)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === "Enter") finish(event.currentTarget.value);
        else if (event.key === "Escape") finish(undefined);
        else return;
        event.preventDefault();
      }}
    />
  );
}
