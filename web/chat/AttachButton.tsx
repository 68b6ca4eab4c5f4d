import { useRef } from "react";
import { useActions } from "../state/AppContext.js";
import { IconButton } from "../ui/IconButton.js";
import { messages } from "../ui/messages.js";

/** Picks files that go with the next message. */
export function AttachButton() {
  const input = useRef<HTMLInputElement>(null);
  const { attachFiles } = useActions();
  const { add } = messages.attachments;
  return (
    <>
      <IconButton icon="paperclip" label={add} onClick={() => input.current?.click()} />
      <input
        ref={input}
        type="file"
        multiple
        className="visuallyHidden"
        tabIndex={-1}
        aria-label={add}
        onChange={({ target }) => {
          void attachFiles([...(target.files ?? [])]);
          target.value = "";
        }}
      />
    </>
  );
}
