import { useEffect } from "react";
import { flushSync } from "react-dom";
import { canContinue } from "./chat/canContinue.js";
import { composerId } from "./chat/composerId.js";
import { searchFieldId } from "./chat/SearchField.js";
import { modelPickerId } from "./models/ModelPicker.js";
import { type ShortcutId, shortcutOf } from "./shortcutOf.js";
import { areShortcutsOn } from "./shortcutSwitch.js";
import { useActions, useAppStore } from "./state/AppContext.js";
import { versionsOf } from "./state/buildMessageTree.js";
import { hasParameters } from "./state/hasParameters.js";
import { isRunning, shownChat } from "./state/shownChat.js";
import { announce } from "./ui/announce.js";
import { copyText } from "./ui/copyText.js";
import { messages } from "./ui/messages.js";

interface Frame {
  toggleSidebar: () => void;
  openSidebar: () => void;
  openShortcuts: () => void;
  toggleSettings: () => void;
}

/** Keys that work everywhere on the page. Each answers whether it had anything to do: if not, the key is the browser's. */
export function useShortcuts({ toggleSidebar, openSidebar, openShortcuts, toggleSettings }: Frame): void {
  const actions = useActions();
  const store = useAppStore();
  useEffect(() => {
    const act: Record<ShortcutId, () => boolean> = {
      newChat: () => done(actions.newChat()),
      search() {
        // Drawn at once: the letters that are typed right after the shortcut belong into the field.
        flushSync(openSidebar);
        return done(document.getElementById(searchFieldId)?.focus());
      },
      sidebar: () => done(toggleSidebar()),
      model: () => done(document.getElementById(modelPickerId)?.click()),
      settings: () => {
        // Other screens have no such panel.
        if (!hasParameters(store.getState().screen)) return false;
        return done(toggleSettings());
      },
      composer: () => done(document.getElementById(composerId)?.focus()),
      regenerate() {
        const reply = lastReply();
        if (reply) void actions.regenerate(reply.id);
        return reply !== undefined;
      },
      continueReply() {
        const reply = lastReply();
        const possible = reply !== undefined && canContinue(reply);
        if (possible) void actions.continueReply(reply.id);
        return possible;
      },
      copyReply: () => copy(lastReply()?.text, messages.shortcuts.copiedReply),
      copyCode: () => copy(lastCode(), messages.shortcuts.copiedCode),
      nextMessage: () => focusMessage(1),
      previousMessage: () => focusMessage(-1),
      nextVersion: () => chooseVersion(1),
      previousVersion: () => chooseVersion(-1),
      deleteChat() {
        const { conversationId } = store.getState().chat;
        if (conversationId !== undefined) void actions.deleteChat(conversationId);
        return conversationId !== undefined;
      },
      shortcuts: () => done(openShortcuts()),
    };

    /** The last reply of the shown branch, unless it is still being made. */
    const lastReply = () => {
      const state = store.getState();
      const reply = shownChat(state.chat).branch.findLast(({ role }) => role === "assistant");
      return reply && !isRunning(state, reply) ? reply : undefined;
    };
    const chooseVersion = (step: 1 | -1) => {
      const { tree } = shownChat(store.getState().chat);
      const message = tree.byId.get(focusedMessageId() ?? "");
      const versions = message ? versionsOf(tree, message) : [];
      const next = message && versions[versions.indexOf(message) + step];
      if (!next) return false;
      void actions.chooseVersion(next.id);
      requestAnimationFrame(() =>
        messageElements()
          .find(({ dataset }) => dataset.message === next.id)
          ?.focus(),
      );
      return true;
    };

    const onKeyDown = (event: KeyboardEvent) => {
      if (event.isComposing || event.defaultPrevented || !areShortcutsOn()) return;
      if (document.querySelector("dialog[open]")) return;
      const writing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
      const onMessage = event.target instanceof HTMLElement && event.target.dataset.message !== undefined;
      const empty = event.target instanceof HTMLTextAreaElement && event.target.value === "";
      const id = shortcutOf(event, { writing, empty, onMessage });
      if (id !== undefined && act[id]()) event.preventDefault();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [actions, store, toggleSidebar, openSidebar, openShortcuts, toggleSettings]);
}

function done(_result: unknown): true {
  return true;
}

function messageElements(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-message]")];
}

function focusedMessageId(): string | undefined {
  return document.activeElement?.closest<HTMLElement>("[data-message]")?.dataset.message;
}

/** Moves the focus to the next or previous message; from elsewhere to the last one. */
function focusMessage(step: 1 | -1): boolean {
  const all = messageElements();
  const at = all.findIndex(({ dataset }) => dataset.message === focusedMessageId());
  const next = at < 0 ? all.at(-1) : all[at + step];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
  return all.length > 0;
}

function lastCode(): string | undefined {
  return [...document.querySelectorAll("[data-message] pre")].at(-1)?.textContent?.replace(/\n$/, "");
}

function copy(text: string | undefined, words: string): boolean {
  if (text === undefined || text === "") return false;
  void copyText(text).then((copied) => announce(copied ? words : messages.message.copyFailed));
  return true;
}
