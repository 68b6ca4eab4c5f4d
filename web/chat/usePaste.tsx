import { type ClipboardEvent, useState } from "react";
import { useActions, useAppState } from "../state/AppContext.js";
import { maxTextLength } from "../state/readTextFile.js";
import { Button } from "../ui/Button.js";
import { messages } from "../ui/messages.js";
import styles from "./Attachments.module.css";
import { composerId } from "./composerId.js";

/** A longer text is easier to handle as a file. */
const longPaste = 2000;

/**
 * What is pasted into the message box: files are attached; a long text is offered as a file; one that is longer than a message can be
 * becomes a file at once, as the browser would cut it. `offer` is drawn beside the box.
 */
export function usePaste() {
  const draft = useAppState((state) => state.chat.draft);
  const { attachFiles, attachText, setDraft } = useActions();
  const [pasted, setPasted] = useState<string | undefined>();
  const words = messages.attachments;

  const onPaste = (event: ClipboardEvent<HTMLTextAreaElement>) => {
    const files = [...event.clipboardData.files];
    if (files.length > 0) {
      event.preventDefault();
      void attachFiles(files);
      return;
    }
    const text = event.clipboardData.getData("text/plain");
    const { value, selectionStart, selectionEnd } = event.currentTarget;
    if (value.length - (selectionEnd - selectionStart) + text.length > maxTextLength) {
      event.preventDefault();
      void attachText(words.pastedName, text);
    } else if (text.length > longPaste) setPasted(text.replaceAll("\r\n", "\n"));
  };

  const settle = () => {
    setPasted(undefined);
    document.getElementById(composerId)?.focus({ preventScroll: true });
  };
  const offer =
    pasted !== undefined && draft.includes(pasted) ? (
      <div className={styles.offer} role="status">
        <span>{words.pasteOffer(pasted.length)}</span>
        <Button
          icon="paperclip"
          onClick={() => {
            setDraft(draft.replace(pasted, () => ""));
            void attachText(words.pastedName, pasted);
            settle();
          }}
        >
          {words.pasteAttach}
        </Button>
        <Button onClick={settle}>{words.pasteKeep}</Button>
      </div>
    ) : null;
  return { onPaste, offer };
}
