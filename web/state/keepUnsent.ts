import type { StoreApi } from "zustand/vanilla";
import type { AppState } from "./AppState.js";
import type { Drafts } from "./drafts.js";

/**
 * What of a chat did not reach the server, in the order in which it was written: a message that could not be sent, one that waits for
 * the running reply, and what stands in the message box.
 */
export function unsentText({ pendingSend, queuedText, draft }: AppState["chat"]): string {
  return [pendingSend?.error ? pendingSend.text : "", queuedText ?? "", draft].filter(Boolean).join("\n");
}

/** What is written in a temporary chat is not put into the browser's storage either. */
export function isTemporary(chat: AppState["chat"]): boolean {
  return chat.conversation?.temporary ?? chat.temporary;
}

/** Writes down what is unsent with every change, so that a page that is reloaded or killed has it in the message box again. */
export function keepUnsent(store: StoreApi<AppState>, drafts: Drafts): void {
  store.subscribe(({ chat }, { chat: before }) => {
    if (chat === before || chat.conversationId !== before.conversationId || isTemporary(chat)) return;
    const text = unsentText(chat);
    if (text !== unsentText(before)) drafts.write(chat.conversationId, text);
  });
}
