import type { AppEvent } from "./AppEvent.js";
import type { AppState, DraftAttachment } from "./AppState.js";

type Attachments = AppState["attachments"];

/** The files that wait to be sent, per chat. */
export function reduceAttachments(state: Attachments, event: AppEvent): Attachments {
  switch (event.type) {
    case "attachmentsAdded":
      return { ...state, [event.chat]: [...(state[event.chat] ?? []), ...event.attachments] };
    case "attachmentChanged":
      return inEach(state, (file) => (file.key === event.key ? [{ ...file, ...event.change }] : [file]));
    case "attachmentRemoved":
      return inEach(state, (file) => (file.key === event.key ? [] : [file]));
    case "attachmentsTaken":
      return { ...state, [event.chat]: [] };
    default:
      return state;
  }
}

function inEach(state: Attachments, change: (file: DraftAttachment) => DraftAttachment[]): Attachments {
  return Object.fromEntries(Object.entries(state).map(([chat, files]) => [chat, files.flatMap(change)]));
}

const none: readonly DraftAttachment[] = [];

/** The entry of a chat; a new one has an entry too. */
export function chatKey(conversationId: string | undefined): string {
  return conversationId ?? "new";
}

/** What waits in the message box of the chat that is open. */
export function waitingAttachments({ chat, attachments }: AppState): readonly DraftAttachment[] {
  return attachments[chatKey(chat.conversationId)] ?? none;
}

/** Those of them that can be sent. */
export function idsOf(files: readonly DraftAttachment[]): string[] {
  return files.flatMap(({ id, error }) => (id === undefined || error ? [] : [id]));
}

/** Whether a file is still on its way to the server: a message must not go without it. */
export function isAttaching(state: AppState): boolean {
  return waitingAttachments(state).some(({ id, error }) => id === undefined && !error);
}
