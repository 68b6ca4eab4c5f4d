import type { StoreApi } from "zustand/vanilla";
import type { PageResult } from "../connection/PageError.js";
import { randomId } from "../connection/randomId.js";
import { sendAttachment } from "../connection/sendAttachment.js";
import { messages } from "../ui/messages.js";
import type { AppEvent } from "./AppEvent.js";
import type { AppState, DraftAttachment } from "./AppState.js";
import { isTemporary } from "./keepUnsent.js";
import { checkText, readTextFile } from "./readTextFile.js";
import { chatKey, waitingAttachments } from "./reduceAttachments.js";

/** As the protocol's bound for one message. */
const maxAttachments = 16;

interface Context {
  store: StoreApi<AppState>;
  dispatch: (event: AppEvent) => void;
}

/** What a reader can do with files. */
export function createAttachmentActions({ store, dispatch }: Context) {
  const attach = async (name: string, sizeBytes: number, read: () => Promise<PageResult<string>>) => {
    const state = store.getState();
    const temporary = isTemporary(state.chat) ? { temporary: true as const } : {};
    const file: DraftAttachment = { key: randomId(), name, sizeBytes, ...temporary };
    const fits = waitingAttachments(state).filter(({ error }) => !error).length < maxAttachments;
    dispatch({ type: "attachmentsAdded", chat: chatKey(state.chat.conversationId), attachments: [file] });
    const text = fits ? await read() : tooMany();
    if (!text.ok) return dispatch({ type: "attachmentChanged", key: file.key, change: { error: text.error } });
    const upload = sendOnce(file.key, name, text.data);
    dispatch({ type: "attachmentChanged", key: file.key, change: { text: text.data } });
    await upload;
  };
  /** On their way, by key. */
  const sending = new Set<string>();
  const sendOnce = async (key: string, name: string, text: string) => {
    sending.add(key);
    const result = await sendAttachment(name, text);
    sending.delete(key);
    const change = result.ok ? { id: result.data.id, sizeBytes: result.data.sizeBytes } : { error: result.error };
    dispatch({ type: "attachmentChanged", key, change });
  };
  // Those that were kept from an earlier visit: the server may have thrown its copies away.
  store.subscribe((state) => {
    if (state.connection.status !== "connected") return;
    for (const { key, name, text, id, error } of waitingAttachments(state))
      if (text !== undefined && id === undefined && !error && !sending.has(key)) void sendOnce(key, name, text);
  });
  return {
    /** Attaches files to the next message; each says by itself what is wrong with it. */
    async attachFiles(files: readonly File[]): Promise<void> {
      await Promise.all(files.map((file) => attach(file.name, file.size, () => readTextFile(file))));
    },
    /** Attaches a text as if it were a file of that name. */
    attachText: (name: string, text: string): Promise<void> =>
      attach(name, new Blob([text]).size, () => Promise.resolve(checkText(name, text))),
    removeAttachment: (key: string) => dispatch({ type: "attachmentRemoved", key }),
  };
}

function tooMany(): PageResult<string> {
  return { ok: false, error: { code: "refused_here", message: messages.attachments.tooMany(maxAttachments) } };
}
