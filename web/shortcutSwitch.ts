const storageKey = "cria.shortcuts";

/** Whether the page's own shortcuts are on: they are, unless the reader has switched them off in this browser. */
export function areShortcutsOn(): boolean {
  try {
    return window.localStorage.getItem(storageKey) !== "off";
  } catch {
    return true;
  }
}

export function switchShortcuts(on: boolean): void {
  try {
    if (on) window.localStorage.removeItem(storageKey);
    else window.localStorage.setItem(storageKey, "off");
  } catch {
    // Without storage they stay on.
  }
}
