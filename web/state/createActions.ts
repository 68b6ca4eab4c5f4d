import type { StoreApi } from "zustand/vanilla";
import type { Message } from "../../server/protocol/conversation.js";
import type { Connection } from "../connection/Connection.js";
import { randomId } from "../connection/randomId.js";
import type { AppEvent } from "./AppEvent.js";
import type { AppState, DraftAttachment, PendingSend } from "./AppState.js";
import { createAttachmentActions } from "./createAttachmentActions.js";
import { createHistoryActions } from "./createHistoryActions.js";
import { createInstallActions } from "./createInstallActions.js";
import { createMessageActions } from "./createMessageActions.js";
import type { Drafts } from "./drafts.js";
import { unsentText } from "./keepUnsent.js";
import { chatKey, idsOf, isAttaching, waitingAttachments } from "./reduceAttachments.js";
import { chatOfPath, pathOfChat, pathOfScreen, screenOfPath } from "./route.js";
import { runningReply, shownChat } from "./shownChat.js";

/** What the actions need of the world; tests give their own. */
export interface ActionContext {
  store: StoreApi<AppState>;
  dispatch: (event: AppEvent) => void;
  connection: Connection;
  drafts: Drafts;
  history: Pick<History, "pushState" | "replaceState">;
  /** How long a deletion can be undone. */
  undoMs: number;
}

/** Everything a reader can do. */
export function createActions({ store, dispatch, connection, drafts, history, undoMs }: ActionContext) {
  const fetchLists = async () => {
    const [models, conversations] = await Promise.all([
      connection.request("model:list", {}),
      connection.request("conversation:list", {}),
    ]);
    dispatch(
      models.ok ? { type: "modelsListed", models: models.data.models } : { type: "modelsFailed", error: models.error },
    );
    dispatch(
      conversations.ok
        ? { type: "conversationsListed", conversations: conversations.data.conversations }
        : { type: "conversationsFailed", error: conversations.error },
    );
  };

  const openCurrent = async () => {
    const { conversationId } = store.getState().chat;
    if (conversationId === undefined) return;
    const result = await connection.request("conversation:open", { conversationId });
    if (result.ok) dispatch({ type: "chatOpened", ...result.data });
    else dispatch({ type: "chatOpenFailed", conversationId, error: result.error });
  };

  /** Files that did not go with their message wait in the message box again. */
  const putBack = (conversationId: string | undefined, attachments: readonly DraftAttachment[] = []) => {
    if (attachments.length > 0) dispatch({ type: "attachmentsAdded", chat: chatKey(conversationId), attachments });
  };
  /** Takes the files out of the message box of the open chat. */
  const takeAttachments = (): readonly DraftAttachment[] => {
    const state = store.getState();
    const attachments = waitingAttachments(state).filter(({ id }) => id !== undefined);
    dispatch({ type: "attachmentsTaken", chat: chatKey(state.chat.conversationId) });
    return attachments;
  };

  /** Shows a chat without touching the address bar. */
  const enter = (conversationId: string | undefined, foundMessageId?: string) => {
    const { chat } = store.getState();
    if (chat.conversationId !== undefined) {
      void connection.request("conversation:leave", { conversationId: chat.conversationId });
    }
    putBack(chat.conversationId, chat.pendingSend?.error ? chat.pendingSend.attachments : undefined);
    putBack(chat.conversationId, chat.queuedAttachments);
    dispatch({ type: "chatLeft", conversationId, draft: drafts.read(conversationId), foundMessageId });
    void openCurrent();
  };

  const go = (conversationId: string | undefined, foundMessageId?: string) => {
    const { chat, screen } = store.getState();
    const isOpen = screen === "chat" && conversationId !== undefined && conversationId === chat.conversationId;
    if (isOpen && foundMessageId === undefined) return;
    if (!isOpen) history.pushState(null, "", pathOfChat(conversationId));
    enter(conversationId, foundMessageId);
  };

  const setDraft = (draft: string) => dispatch({ type: "draftChanged", draft });

  /** A message that was not sent goes back into the message box, before what is there. */
  const putIntoBox = ({ text, attachments }: PendingSend) => {
    const { conversationId, draft } = store.getState().chat;
    putBack(conversationId, attachments);
    setDraft(draft === "" ? text : `${text}\n${draft}`);
  };

  const deliver = async (message: Omit<PendingSend, "requestId" | "error">) => {
    const requestId = randomId();
    const { text, parentId, modelId, editOf, attachments } = message;
    const before = store.getState().chat.pendingSend;
    dispatch({ type: "sendBegun", pending: { ...message, requestId, error: undefined } });
    // One that could not be sent gives way, and is not lost.
    if (before?.error && before !== message) putIntoBox(before);
    const { conversationId, messages, overflow, temporary } = store.getState().chat;
    const attachmentIds = messages[editOf ?? ""]?.attachments?.map(({ id }) => id) ?? idsOf(attachments ?? []);
    const result = await connection.request("chat:send", {
      requestId,
      text,
      modelId,
      overflow,
      ...(conversationId !== undefined ? { conversationId } : {}),
      ...(parentId !== undefined ? { parentId } : {}),
      ...(attachmentIds.length > 0 ? { attachmentIds } : {}),
      ...(temporary ? { temporary } : {}),
    });
    if (!result.ok) {
      dispatch({ type: "sendFailed", requestId, error: result.error });
      return;
    }
    dispatch({ type: "sendAnswered", requestId, ...result.data });
    const { chat } = store.getState();
    if (conversationId === undefined && chat.conversationId === result.data.conversation.id) {
      if (store.getState().screen === "chat") history.replaceState(null, "", pathOfChat(chat.conversationId));
      // What was written and attached meanwhile belongs to the chat that the new one has become.
      const { new: attached } = store.getState().attachments;
      dispatch({ type: "attachmentsTaken", chat: chatKey(undefined) });
      putBack(chat.conversationId, attached);
      if (!temporary) {
        drafts.write(undefined, "");
        drafts.write(chat.conversationId, unsentText(chat));
      }
      await openCurrent();
    }
  };

  /** Sends a text after the branch that is shown, or keeps it until the running reply is finished. */
  const send = (rawText: string) => {
    const text = rawText.trim();
    const state = store.getState();
    const modelId = state.models.selectedId;
    if (text === "" || modelId === undefined || state.connection.status !== "connected") return;
    if (state.chat.status !== "ready" || isAttaching(state)) return;
    if (runningReply(state) || (state.chat.pendingSend && !state.chat.pendingSend.error)) {
      if (state.chat.queuedText === undefined) {
        setDraft("");
        dispatch({ type: "textQueued", text, attachments: takeAttachments() });
      }
      return;
    }
    setDraft("");
    const parentId = shownChat(state.chat).branch.at(-1)?.id;
    void deliver({ text, parentId, modelId, attachments: takeAttachments() });
  };

  /** Starts a new chat with a text in its message box. */
  const newChatWith = (text: string) => {
    go(undefined);
    setDraft(text);
  };

  const takeBackQueued = () => {
    const { conversationId, queuedText, queuedAttachments, draft } = store.getState().chat;
    if (queuedText === undefined) return;
    dispatch({ type: "queueEmptied" });
    putBack(conversationId, queuedAttachments);
    setDraft(draft === "" ? queuedText : `${queuedText}\n${draft}`);
  };

  return {
    fetchLists,
    openCurrent,
    ...createHistoryActions({ store, dispatch, connection, undoMs, go }),
    ...createMessageActions({ store, dispatch, connection, undoMs, go, deliver }),
    enter,
    ...createInstallActions({ dispatch, connection }),
    ...createAttachmentActions({ store, dispatch }),
    openPath(path: string) {
      const screen = screenOfPath(path);
      if (screen === "chat") enter(chatOfPath(path));
      else dispatch({ type: "screenOpened", screen });
    },
    /** Shows the models, with the choices of one of them open if it is named. The chat stays as it is behind them. */
    openModels(modelId?: string) {
      if (store.getState().screen !== "models") history.pushState(null, "", pathOfScreen("models"));
      dispatch({ type: "screenOpened", screen: "models", modelId });
    },
    /** Shows another screen. The chat stays as it is behind it. */
    openScreen(screen: "completion" | "compare" | "server") {
      if (store.getState().screen !== screen) history.pushState(null, "", pathOfScreen(screen));
      dispatch({ type: "screenOpened", screen });
    },
    openChat: go,
    newChat: () => go(undefined),
    newChatWith,
    takeBackQueued,
    setDraft,
    send,
    /** The model that answers next; an open chat remembers it. */
    selectModel(modelId: string): void {
      dispatch({ type: "modelSelected", modelId });
      const { conversation } = store.getState().chat;
      if (conversation && conversation.modelId !== modelId)
        void connection.request("conversation:update", { conversationId: conversation.id, modelId });
    },

    /** Starts a new chat that takes along what was written here. */
    newChatWithDraft() {
      const { chat } = store.getState();
      const text = chat.draft || chat.pendingSend?.text || "";
      const attachments = [...(chat.pendingSend?.attachments ?? []), ...takeAttachments()];
      setDraft("");
      dispatch({ type: "sendTakenBack" });
      newChatWith(text);
      putBack(undefined, attachments);
    },

    sendAgain() {
      const pending = store.getState().chat.pendingSend;
      if (pending?.error) void deliver(pending);
    },

    /** Puts a message that was not sent back into the message box. */
    takeBack() {
      const { pendingSend } = store.getState().chat;
      if (!pendingSend) return;
      dispatch({ type: "sendTakenBack" });
      const { editOf: messageId, text } = pendingSend;
      if (messageId !== undefined) dispatch({ type: "editBegun", messageId, text });
      else putIntoBox(pendingSend);
    },

    /** Called when a reply is finished. After one that failed or was stopped the reader decides again. */
    releaseQueued(reply: Message) {
      const { queuedText, queuedAttachments: attachments } = store.getState().chat;
      if (reply.stopReason === "error" || reply.stopReason === "stopped") return takeBackQueued();
      const modelId = store.getState().models.selectedId;
      if (queuedText === undefined || modelId === undefined) return;
      dispatch({ type: "queueEmptied" });
      const parentId = shownChat(store.getState().chat).branch.at(-1)?.id;
      void deliver({ text: queuedText, parentId, modelId, attachments });
    },

    stop() {
      const generationId = runningReply(store.getState())?.generationId;
      if (generationId !== undefined) void connection.request("generation:stop", { generationId });
    },
  };
}

export type Actions = ReturnType<typeof createActions>;
