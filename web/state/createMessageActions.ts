import type { Requests } from "../../server/protocol/events.js";
import type { PageError } from "../connection/PageError.js";
import { randomId } from "../connection/randomId.js";
import type { PendingSend } from "./AppState.js";
import { createUndo, type HistoryContext } from "./createHistoryActions.js";
import { shownChat } from "./shownChat.js";

interface Context extends HistoryContext {
  /** Sends a message and shows it meanwhile. */
  deliver: (message: Omit<PendingSend, "requestId" | "error">) => Promise<void>;
}

/** How another version of a reply is to be made. */
export type RegenerateOptions = Pick<Requests["chat:regenerate"], "modelId" | "sampling" | "overflow">;

/** What a reader can do with a message. Those that ask the server resolve with what went wrong, if anything did. */
export function createMessageActions({ store, dispatch, connection, undoMs, go, deliver }: Context) {
  const { showDeletion } = createUndo(store, dispatch, undoMs);
  const isOpen = (conversationId: string) => store.getState().chat.conversationId === conversationId;

  return {
    /** Shows a version of a message; other windows follow. */
    async chooseVersion(messageId: string): Promise<void> {
      const { conversationId } = store.getState().chat;
      if (conversationId === undefined) return;
      dispatch({ type: "versionChosen", messageId, unconfirmed: true });
      await connection.request("conversation:update", { conversationId, headMessageId: messageId });
      // Whatever came of it: the reader sees what they chose, and the server's next news count again.
      if (isOpen(conversationId)) dispatch({ type: "versionConfirmed" });
    },

    /** Opens the editor in the place of one's message. */
    beginEdit(messageId: string) {
      const message = store.getState().chat.messages[messageId];
      if (message?.role === "user") dispatch({ type: "editBegun", messageId, text: message.text });
    },
    /** Opens it for the last message of the shown branch; false if there is none. */
    beginEditOfLast(): boolean {
      const last = shownChat(store.getState().chat).branch.findLast(({ role }) => role === "user");
      if (last) dispatch({ type: "editBegun", messageId: last.id, text: last.text });
      return last !== undefined;
    },
    endEdit: () => dispatch({ type: "editEnded" }),

    /** Sends a rewritten message beside the old one, which stays. */
    sendEdit(messageId: string, rawText: string) {
      const { chat, models, connection: line } = store.getState();
      const message = chat.messages[messageId];
      const text = rawText.trim();
      if (!message || text === "" || models.selectedId === undefined || line.status !== "connected") return;
      if (chat.pendingSend && !chat.pendingSend.error) return;
      dispatch({ type: "editEnded" });
      void deliver({ text, parentId: message.parentId, modelId: models.selectedId, editOf: messageId });
    },

    /** Makes another version of a reply, with the chosen model unless another is named. */
    async regenerate(messageId: string, options: RegenerateOptions = {}): Promise<PageError | undefined> {
      const { chat, models } = store.getState();
      const modelId = options.modelId ?? models.selectedId;
      const result = await connection.request("chat:regenerate", {
        requestId: randomId(),
        messageId,
        overflow: chat.overflow,
        ...options,
        ...(modelId !== undefined ? { modelId } : {}),
      });
      if (!result.ok) return result.error;
      const { conversation, reply } = result.data;
      if (isOpen(conversation.id)) {
        dispatch({ type: "chatChanged", conversation, messages: [reply] });
        dispatch({ type: "versionChosen", messageId: reply.id });
      }
      return undefined;
    },

    /** Goes on with a reply that ended early. */
    async continueReply(messageId: string): Promise<PageError | undefined> {
      const result = await connection.request("chat:continue", { requestId: randomId(), messageId });
      if (!result.ok) return result.error;
      const { conversation, reply } = result.data;
      if (isOpen(conversation.id)) dispatch({ type: "chatChanged", conversation, messages: [reply] });
      return undefined;
    },

    /** From now on in this chat the oldest messages are left out when it no longer fits. */
    dropOldest: () => dispatch({ type: "overflowChosen", overflow: "dropOldest" }),
    /** From now on in this chat the model summarises the oldest messages when it no longer fits. */
    summariseOldest: () => dispatch({ type: "overflowChosen", overflow: "summarise" }),

    /** Nothing is left out any more: what does not fit is asked about. */
    askOnOverflow: () => dispatch({ type: "overflowChosen", overflow: "refuse" }),

    /** Opens a new chat that begins with everything up to the message. */
    async branchChat(messageId: string): Promise<PageError | undefined> {
      const result = await connection.request("conversation:branch", { messageId });
      if (!result.ok) return result.error;
      dispatch({ type: "conversationListed", conversation: result.data.conversation });
      go(result.data.conversation.id);
      return undefined;
    },

    /** Deletes a message and what follows it; for a moment that can be undone. */
    async deleteMessage(messageId: string): Promise<PageError | undefined> {
      const conversationId = store.getState().chat.messages[messageId]?.conversationId;
      const result = await connection.request("message:delete", { messageId });
      if (!result.ok) return result.error;
      if (conversationId !== undefined) showDeletion({ kind: "message", messageId, conversationId });
      return undefined;
    },

    async rateReply(messageId: string, rating: -1 | 0 | 1): Promise<PageError | undefined> {
      const result = await connection.request("message:rate", { messageId, rating });
      const { conversation } = store.getState().chat;
      if (!result.ok) return result.error;
      if (conversation && isOpen(result.data.message.conversationId))
        dispatch({ type: "chatChanged", conversation, messages: [result.data.message] });
      return undefined;
    },
  };
}
