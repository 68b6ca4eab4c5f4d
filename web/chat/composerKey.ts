interface Key {
  key: string;
  shiftKey: boolean;
  altKey: boolean;
  /** An input method is putting a character together: Enter picks a candidate then. */
  isComposing: boolean;
  /** On a touch keyboard Enter is the only way to a new line; there the button sends. */
  touch: boolean;
}

/** What a key does in the message box: send, or whatever a text box does with it. */
export function composerKey({ key, shiftKey, altKey, isComposing, touch }: Key): "send" | "write" {
  return key === "Enter" && !shiftKey && !altKey && !isComposing && !touch ? "send" : "write";
}
