import { useEffect } from "react";
import { composerId } from "./chat/composerId.js";

/** What had the focus, and where it was, for the time when it is gone. */
interface Place {
  element: HTMLElement;
  name: string;
  ancestors: readonly Element[];
  /** The position of the message that it belongs to; -1: to none. */
  messageIndex: number;
}

const focusable = "a[href], button:not(:disabled), input:not(:disabled), textarea, select, [tabindex='0']";
const areas = "nav, main, aside, header, dialog";

/**
 * Gives the focus a place when what had it is taken away or put out of reach, as the buttons of a reply that is made again: the browser
 * would let it fall to the top of the page, far from where the reader was. A place that was chosen meanwhile counts.
 */
export function useLostFocus(): void {
  useEffect(() => {
    let last: Place | undefined;
    const onFocus = ({ target }: FocusEvent) => {
      last = target instanceof HTMLElement && target !== document.body ? placeOf(target) : undefined;
    };
    // Whoever presses somewhere chooses the place.
    const onPointer = () => {
      last = undefined;
    };
    const observer = new MutationObserver(() => {
      if (!last || (last.element.isConnected && !last.element.closest("[inert]"))) return;
      const now = document.activeElement;
      const place = last;
      last = undefined;
      if (now === null || now === document.body || now === place.element) near(place)?.focus({ preventScroll: true });
    });
    document.addEventListener("focusin", onFocus);
    document.addEventListener("pointerdown", onPointer, true);
    observer.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["inert"] });
    return () => {
      document.removeEventListener("focusin", onFocus);
      document.removeEventListener("pointerdown", onPointer, true);
      observer.disconnect();
    };
  }, []);
}

function placeOf(element: HTMLElement): Place {
  const ancestors: Element[] = [];
  for (let at = element.parentElement; at; at = at.parentElement) ancestors.push(at);
  const message = element.closest<HTMLElement>("[data-message]");
  return { element, name: nameOf(element), ancestors, messageIndex: message ? allMessages().indexOf(message) : -1 };
}

/** What stands now where the lost one stood, or does the same. */
function near({ element, name, ancestors, messageIndex }: Place): HTMLElement | null | undefined {
  if (messageIndex >= 0) return inMessageAt(messageIndex, element, name);
  // What opens an area and the area that it opened take turns.
  const opened = element.getAttribute("aria-controls");
  if (opened !== null) return document.getElementById(opened)?.querySelector<HTMLElement>(focusable);
  const shut = element.closest("[inert]")?.id;
  if (shut) return document.querySelector<HTMLElement>(`[aria-controls="${shut}"]`);
  const end = ancestors.findIndex((ancestor) => ancestor.matches(areas));
  const left = ancestors.slice(0, end + 1).filter((ancestor) => ancestor.isConnected);
  const inside = (ancestor: Element) => [...ancestor.querySelectorAll<HTMLElement>(focusable)];
  for (const ancestor of left) {
    const same = inside(ancestor).find((other) => nameOf(other) === name);
    if (same) return same;
  }
  return left.flatMap((ancestor) => inside(ancestor))[0] ?? messageBox();
}

/** The same button of the message that now has that position, or the message itself. */
function inMessageAt(index: number, element: HTMLElement, name: string): HTMLElement | null | undefined {
  const all = allMessages();
  const message = all[Math.min(index, all.length - 1)];
  if (!message) return messageBox();
  // Nothing to press until the reply is there; whoever asked for it writes on, as after sending.
  if (message.getAttribute("aria-busy") === "true") return messageBox() ?? message;
  if (element.matches("[data-message]")) return message;
  const same = [...message.querySelectorAll("button")].find((button) => nameOf(button) === name);
  if (!same?.disabled) return same ?? message;
  return same.parentElement?.querySelector<HTMLElement>(focusable) ?? message;
}

function allMessages(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-message]")];
}

/** Not on a touch screen, where the focus opens a keyboard. */
function messageBox(): HTMLElement | null {
  return window.matchMedia("(pointer: coarse)").matches ? null : document.getElementById(composerId);
}

function nameOf(element: Element): string {
  return element.getAttribute("aria-label") ?? element.textContent ?? "";
}
