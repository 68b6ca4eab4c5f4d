import { useEffect } from "react";
import { composerId } from "./chat/Composer.js";
import { useActions } from "./state/AppContext.js";

/** Keys that work everywhere on the page. Escape is not here: see `useEscape`. */
export function useShortcuts(toggleSidebar: () => void): void {
  const { newChat } = useActions();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.isComposing) return;
      const command = event.ctrlKey || event.metaKey;
      const key = event.key.toLowerCase();
      if (command && event.shiftKey && key === "o") newChat();
      else if (command && !event.shiftKey && !event.altKey && key === "b") toggleSidebar();
      else if (event.shiftKey && event.key === "Escape") document.getElementById(composerId)?.focus();
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [newChat, toggleSidebar]);
}
