import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useActions, useAppState } from "../state/AppContext.js";
import { maxTextLength } from "../state/readTextFile.js";
import { Button } from "../ui/Button.js";
import { messages } from "../ui/messages.js";
import { useMediaQuery } from "../ui/useMediaQuery.js";
import { composerId } from "./composerId.js";
import { composerKey } from "./composerKey.js";
import styles from "./MessageEditor.module.css";

/** Rewrites a message in its place; what is sent stands beside the old one. Escape leaves everything as it was. */
export function MessageEditor({ messageId, initialText }: { messageId: string; initialText: string }) {
  const [text, setText] = useState(initialText);
  const box = useRef<HTMLTextAreaElement>(null);
  const touch = useMediaQuery("(pointer: coarse)");
  const online = useAppState((state) => state.connection.status === "connected");
  const { sendEdit, endEdit } = useActions();
  const words = messages.messageActions;
  const hintId = `hint-${messageId}`;

  useEffect(() => {
    const area = box.current;
    if (!area) return;
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the box grows with its text.
  useLayoutEffect(() => {
    const area = box.current;
    if (!area) return;
    area.style.blockSize = "auto";
    area.style.blockSize = `${area.scrollHeight + 2}px`;
  }, [text]);

  const backToComposer = () => document.getElementById(composerId)?.focus({ preventScroll: true });
  const sendable = text.trim() !== "" && online;
  const submit = () => {
    if (!sendable) return;
    sendEdit(messageId, text);
    if (!touch) backToComposer();
  };
  const cancel = () => {
    endEdit();
    if (!touch) backToComposer();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { key, shiftKey, altKey } = event;
    const isComposing = event.nativeEvent.isComposing || event.keyCode === 229;
    if (key === "Escape" && !isComposing) cancel();
    else if (composerKey({ key, shiftKey, altKey, isComposing, touch }) === "send") submit();
    else return;
    event.preventDefault();
  };
  return (
    <form
      className={styles.editor}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <textarea
        ref={box}
        dir="auto"
        className={styles.input}
        value={text}
        rows={1}
        maxLength={maxTextLength}
        aria-label={words.editLabel}
        aria-describedby={hintId}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className={styles.foot}>
        <span id={hintId} className={styles.hint}>
          {words.editHint}
        </span>
        <Button onClick={cancel}>{words.editCancel}</Button>
        <Button type="submit" look="accent" disabled={!sendable}>
          {words.editSend}
        </Button>
      </div>
    </form>
  );
}
