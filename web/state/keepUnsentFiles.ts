import type { StoreApi } from "zustand/vanilla";
import type { Connection } from "../connection/Connection.js";
import type { AppEvent } from "./AppEvent.js";
import type { AppState, DraftAttachment } from "./AppState.js";
import type { FileShelf, KeptFile } from "./fileShelf.js";
import { chatKey } from "./reduceAttachments.js";

/** Of all chats together, in UTF-16 units: as many as four messages can have. What comes beyond it lasts as long as the page. */
const maxKeptLength = 16 * 200_000 * 4;
/** After a month nobody comes back for them. */
const maxAgeMs = 30 * 24 * 3600 * 1000;

interface Context {
  store: StoreApi<AppState>;
  dispatch: (event: AppEvent) => void;
  connection: Connection;
  shelf: FileShelf;
  nowMs?: () => number;
}

/**
 * Keeps the files that wait in message boxes in this browser, and puts them back when the page is opened again: in the chat they were
 * in, for the same person, until they are sent or taken out or the chat is deleted. Those of temporary chats are never kept.
 */
export function keepUnsentFiles({ store, dispatch, connection, shelf, nowMs = Date.now }: Context): void {
  /** Those on the shelf that are this page's business, by key. */
  const kept = new Map<string, KeptFile>();
  let account: string | undefined;
  let begun = false;
  let lastKeptAtMs = 0;

  const keep = (state: AppState) => {
    if (account === undefined) return;
    const unsent = unsentFiles(state);
    for (const key of [...kept.keys()].filter((one) => !unsent.has(one))) {
      kept.delete(key);
      void shelf.remove(key);
    }
    let length = [...kept.values()].reduce((sum, { text }) => sum + text.length, 0);
    for (const [key, { chat, name, text }] of unsent) {
      const before = kept.get(key);
      if (before?.chat === chat) continue;
      if (before === undefined) length += text.length;
      if (length > maxKeptLength) break;
      // One after the other, so that they come back in their order.
      lastKeptAtMs = Math.max(nowMs(), lastKeptAtMs + 1);
      const file = { key, chat, account, name, text, keptAtMs: before?.keptAtMs ?? lastKeptAtMs };
      kept.set(key, file);
      void shelf.put(file);
    }
  };

  /** Once the page knows who it is and which chats there are. */
  const restore = async () => {
    const info = await connection.request("server:info", {});
    if (!info.ok) return false;
    const mine = info.data.account;
    const chats = new Set(["new", ...(store.getState().conversations.list ?? []).map(({ id }) => id)]);
    const files = (await shelf.read()).sort((a, b) => a.keptAtMs - b.keptAtMs);
    for (const file of files) {
      // Somebody else was logged in, the chat was deleted, or it is long ago.
      if (file.account !== mine || !chats.has(file.chat) || file.keptAtMs < nowMs() - maxAgeMs) {
        void shelf.remove(file.key);
        continue;
      }
      kept.set(file.key, file);
      const sizeBytes = new Blob([file.text]).size;
      const attachment = { key: file.key, name: file.name, sizeBytes, text: file.text };
      dispatch({ type: "attachmentsAdded", chat: file.chat, attachments: [attachment] });
    }
    account = mine;
    keep(store.getState());
    return true;
  };

  store.subscribe((state, before) => {
    const ready = state.connection.status === "connected" && state.conversations.list !== undefined;
    if (!begun && ready) {
      begun = true;
      void restore().then((done) => {
        begun = done;
      });
    }
    const same =
      state.attachments === before.attachments &&
      state.conversations.list === before.conversations.list &&
      state.chat.conversationId === before.chat.conversationId &&
      state.chat.pendingSend === before.chat.pendingSend &&
      state.chat.queuedAttachments === before.chat.queuedAttachments;
    if (!same) keep(state);
  });
}

/** What did not reach a chat: what waits in each message box, and what goes with a message that waits or could not be sent. */
function unsentFiles({
  attachments,
  chat,
  conversations,
}: AppState): Map<string, { chat: string; name: string; text: string }> {
  const open = chatKey(chat.conversationId);
  const failed = chat.pendingSend?.error ? (chat.pendingSend.attachments ?? []) : [];
  const places: (readonly [string, readonly DraftAttachment[]])[] = [
    ...Object.entries(attachments),
    [open, failed],
    [open, chat.queuedAttachments],
  ];
  const there = conversations.list && new Set(conversations.list.map(({ id }) => id));
  const unsent = new Map<string, { chat: string; name: string; text: string }>();
  for (const [place, files] of places) {
    // With a deleted chat its files go, too. One that is new is listed with its first answer.
    if (files.length === 0 || (there && place !== "new" && place !== open && !there.has(place))) continue;
    for (const { key, name, text, temporary } of files)
      if (text !== undefined && !temporary) unsent.set(key, { chat: place, name, text });
  }
  return unsent;
}
