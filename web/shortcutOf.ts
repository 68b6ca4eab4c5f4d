export type ShortcutId =
  | "newChat"
  | "search"
  | "sidebar"
  | "model"
  | "settings"
  | "composer"
  | "regenerate"
  | "continueReply"
  | "copyReply"
  | "copyCode"
  | "nextMessage"
  | "previousMessage"
  | "nextVersion"
  | "previousVersion"
  | "deleteChat"
  | "shortcuts";

/** Where a key was pressed. */
export interface KeyPlace {
  /** In something one writes in: plain characters and arrows belong to it. */
  writing: boolean;
  /** In a text box that has no text. */
  empty: boolean;
  /** On a message itself. */
  onMessage: boolean;
}

type Key = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

const commandKeys: Record<string, ShortcutId> = { k: "search", b: "sidebar", "/": "shortcuts", ".": "settings" };
const commandShiftKeys: Record<string, ShortcutId> = {
  o: "newChat",
  m: "model",
  r: "regenerate",
  backspace: "deleteChat",
  // On many keyboards the slash is on the shifted seven.
  "/": "shortcuts",
};
/** By place on the keyboard: with Alt a Mac makes other characters of them. */
const altCodes: Record<string, ShortcutId> = {
  Enter: "continueReply",
  NumpadEnter: "continueReply",
  KeyC: "copyReply",
  ArrowDown: "nextMessage",
  ArrowUp: "previousMessage",
};

/** What a key asks for; undefined when it is not ours. Escape is not here: see `useEscape`. */
export function shortcutOf(event: Key, { writing, empty, onMessage }: KeyPlace): ShortcutId | undefined {
  const { shiftKey, altKey } = event;
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (command && altKey) return undefined;
  if (command) return (shiftKey ? commandShiftKeys : commandKeys)[key];
  // In a text the arrows move the cursor.
  if (altKey && writing && !empty && event.code.startsWith("Arrow")) return undefined;
  if (altKey) return shiftKey ? (event.code === "KeyC" ? "copyCode" : undefined) : altCodes[event.code];
  if (shiftKey && key === "escape") return "composer";
  if (key === "?" && !writing) return "shortcuts";
  if (onMessage && !shiftKey && key === "arrowleft") return "previousVersion";
  if (onMessage && !shiftKey && key === "arrowright") return "nextVersion";
  return undefined;
}
