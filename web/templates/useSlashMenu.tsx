import { type KeyboardEvent, type ReactNode, useEffect, useReducer, useState } from "react";
import type { PromptTemplate } from "../../server/protocol/conversation.js";
import { useActions, useAppState } from "../state/AppContext.js";
import { announce } from "../ui/announce.js";
import { messages } from "../ui/messages.js";
import { initialSlash, matchTemplates, reduceSlash, slashQuery } from "./reduceSlash.js";
import { SlashMenu, slashMenuId, slashRowId } from "./SlashMenu.js";

interface SlashMenuParts {
  menu: ReactNode;
  /** For the message box while the menu is open: the focus stays in the box. */
  attributes: Record<string, string>;
  /** Whether the key was the menu's. */
  onKeyDown: (event: KeyboardEvent) => boolean;
  /** The template whose fields are being filled. */
  filling: PromptTemplate | undefined;
  endFilling: () => void;
  editing: boolean;
  endEditing: () => void;
}

/** The `/` menu of the message box. A template without fields goes into the box at once; others ask for theirs first. */
export function useSlashMenu(draft: string, setDraft: (draft: string) => void): SlashMenuParts {
  const templates = useAppState((state) => state.templates);
  const { fetchTemplates } = useActions();
  const [state, dispatch] = useReducer(reduceSlash, initialSlash);
  const [filling, setFilling] = useState<PromptTemplate | undefined>();
  const [editing, setEditing] = useState(false);
  const query = slashQuery(draft);
  const asked = query !== undefined && !state.closed;
  const found = asked ? matchTemplates(templates ?? [], query) : [];
  const open = asked && templates !== undefined && (found.length > 0 || query === "");
  const foundCount = found.length;

  useEffect(() => dispatch({ type: "draftChanged", draft }), [draft]);
  // Every time: files may have come into the folder.
  useEffect(() => {
    if (asked) void fetchTemplates();
  }, [asked, fetchTemplates]);
  useEffect(() => {
    if (open) announce(messages.templates.found(foundCount));
  }, [open, foundCount]);

  /** The row after the templates leads to the editor. */
  const choose = (index: number) => {
    const template = found[index];
    if (!template) setEditing(true);
    setDraft("");
    if (template) setFilling(template);
  };
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (!open || event.nativeEvent.isComposing || event.keyCode === 229) return false;
    if (event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return false;
    const rows = found.length + 1;
    if (event.key === "ArrowDown") dispatch({ type: "moved", to: (state.active + 1) % rows });
    else if (event.key === "ArrowUp") dispatch({ type: "moved", to: (state.active + rows - 1) % rows });
    else if (event.key === "Escape") dispatch({ type: "closed" });
    else if (event.key === "Enter" || event.key === "Tab") choose(state.active);
    else return false;
    event.preventDefault();
    return true;
  };

  return {
    menu: open ? <SlashMenu templates={found} active={state.active} onChoose={choose} /> : null,
    attributes: open
      ? {
          "aria-autocomplete": "list",
          "aria-haspopup": "listbox",
          "aria-controls": slashMenuId,
          "aria-activedescendant": slashRowId(state.active),
        }
      : {},
    onKeyDown,
    filling,
    endFilling: () => setFilling(undefined),
    editing,
    endEditing: () => setEditing(false),
  };
}
