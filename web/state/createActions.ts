import type { StoreApi } from "zustand/vanilla";
import type { Message } from "../../server/protocol/conversation.js";
import type { Connection } from "../connection/Connection.js";
import { randomId } from "../connection/randomId.js";
import type { AppEvent } from "./AppEvent.js";
import type { AppState } from "./AppState.js";
import type { Drafts } from "./drafts.js";
import { chatOfPath, pathOfChat } from "./route.js";
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
  let deletion: { conversationId: string; timer: ReturnType<typeof setTimeout> } | undefined;

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

  /** Shows a chat without touching the address bar. */
  const enter = (conversationId: string | undefined) => {
    const { chat } = store.getState();
    const unsent = [chat.pendingSend?.error ? chat.pendingSend.text : "", chat.queuedText ?? "", chat.draft];
    drafts.write(chat.conversationId, unsent.filter(Boolean).join("\n"));
    if (chat.conversationId !== undefined) {
      void connection.request("conversation:leave", { conversationId: chat.conversationId });
    }
    dispatch({ type: "chatLeft", conversationId, draft: drafts.read(conversationId) });
    void openCurrent();
  };

  const go = (conversationId: string | undefined) => {
    if (conversationId === store.getState().chat.conversationId && conversationId !== undefined) return;
    history.pushState(null, "", pathOfChat(conversationId));
    enter(conversationId);
  };

  const setDraft = (draft: string) => {
    drafts.write(store.getState().chat.conversationId, draft);
    dispatch({ type: "draftChanged", draft });
  };

  const deliver = async (text: string, parentId: string | undefined, modelId: string) => {
    const requestId = randomId();
    dispatch({ type: "sendBegun", pending: { requestId, text, parentId, modelId, error: undefined } });
    const { conversationId } = store.getState().chat;
    const result = await connection.request("chat:send", {
      requestId,
      text,
      modelId,
      ...(conversationId !== undefined ? { conversationId } : {}),
      ...(parentId !== undefined ? { parentId } : {}),
    });
    if (!result.ok) {
      dispatch({ type: "sendFailed", requestId, error: result.error });
      return;
    }
    dispatch({ type: "sendAnswered", requestId, ...result.data });
    const { chat } = store.getState();
    if (conversationId === undefined && chat.conversationId === result.data.conversation.id) {
      history.replaceState(null, "", pathOfChat(chat.conversationId));
      // What was written meanwhile belongs to the chat that the new one has become.
      drafts.write(undefined, "");
      drafts.write(chat.conversationId, chat.draft);
      await openCurrent();
    }
  };

  /** Sends a text after the branch that is shown, or keeps it until the running reply is finished. */
  const send = (rawText: string) => {
    const text = rawText.trim();
    const state = store.getState();
    const modelId = state.models.selectedId;
    if (text === "" || modelId === undefined || state.connection.status !== "connected") return;
    if (state.chat.status !== "ready") return;
    if (runningReply(state) || (state.chat.pendingSend && !state.chat.pendingSend.error)) {
      if (state.chat.queuedText === undefined) {
        setDraft("");
        dispatch({ type: "textQueued", text });
      }
      return;
    }
    setDraft("");
    void deliver(text, shownChat(state.chat).branch.at(-1)?.id, modelId);
  };

  /** Starts a new chat with a text in its message box. */
  const newChatWith = (text: string) => {
    go(undefined);
    setDraft(text);
  };

  const takeBackQueued = () => {
    const { queuedText, draft } = store.getState().chat;
    if (queuedText === undefined) return;
    dispatch({ type: "queueEmptied" });
    setDraft(draft === "" ? queuedText : `${queuedText}\n${draft}`);
  };

  const commitDeletion = async () => {
    if (!deletion) return;
    const { conversationId, timer } = deletion;
    clearTimeout(timer);
    deletion = undefined;
    const result = await connection.request("conversation:delete", { conversationId });
    if (result.ok || result.error.code === "conversation_not_found") {
      dispatch({ type: "conversationDeleted", conversationId });
    } else if (store.getState().conversations.leavingId === conversationId) {
      dispatch({ type: "deletionSettled" });
    }
  };

  return {
    fetchLists,
    openCurrent,
    enter,
    openPath: (path: string) => enter(chatOfPath(path)),
    openChat: go,
    newChat: () => go(undefined),
    newChatWith,
    takeBackQueued,
    setDraft,
    send,
    selectModel: (modelId: string) => dispatch({ type: "modelSelected", modelId }),
    chooseVersion: (messageId: string) => dispatch({ type: "versionChosen", messageId }),

    /** Starts a new chat that takes along what was written here. */
    newChatWithDraft() {
      const { chat } = store.getState();
      const text = chat.draft || chat.pendingSend?.text || "";
      setDraft("");
      dispatch({ type: "sendTakenBack" });
      newChatWith(text);
    },

    sendAgain() {
      const pending = store.getState().chat.pendingSend;
      if (pending?.error) void deliver(pending.text, pending.parentId, pending.modelId);
    },

    /** Puts a message that was not sent back into the message box. */
    takeBack() {
      const { pendingSend, draft } = store.getState().chat;
      if (!pendingSend) return;
      dispatch({ type: "sendTakenBack" });
      setDraft(draft === "" ? pendingSend.text : `${pendingSend.text}\n${draft}`);
    },

    /** Called when a reply is finished. After one that failed or was stopped the reader decides again. */
    releaseQueued(reply: Message) {
      const { queuedText } = store.getState().chat;
      if (reply.stopReason === "error" || reply.stopReason === "stopped") return takeBackQueued();
      const modelId = store.getState().models.selectedId;
      if (queuedText === undefined || modelId === undefined) return;
      dispatch({ type: "queueEmptied" });
      void deliver(queuedText, shownChat(store.getState().chat).branch.at(-1)?.id, modelId);
    },

    stop() {
      const generationId = runningReply(store.getState())?.generationId;
      if (generationId !== undefined) void connection.request("generation:stop", { generationId });
    },

    /** Makes another version of a reply. Resolves with what went wrong, if anything did. */
    async regenerate(messageId: string) {
      const modelId = store.getState().models.selectedId;
      const { conversationId } = store.getState().chat;
      const result = await connection.request("chat:regenerate", {
        requestId: randomId(),
        messageId,
        ...(modelId !== undefined ? { modelId } : {}),
      });
      if (!result.ok) return result.error;
      const { conversation, reply } = result.data;
      if (conversationId === store.getState().chat.conversationId) {
        dispatch({ type: "chatChanged", conversation, messages: [reply] });
        dispatch({ type: "versionChosen", messageId: reply.id });
      }
      return undefined;
    },

    /** Hides a chat at once and deletes it when it can no longer be undone. */
    deleteChat(conversationId: string) {
      void commitDeletion();
      dispatch({ type: "deletionBegun", conversationId });
      deletion = { conversationId, timer: setTimeout(() => void commitDeletion(), undoMs) };
      if (store.getState().chat.conversationId === conversationId) go(undefined);
    },
    undoDeletion() {
      if (deletion) clearTimeout(deletion.timer);
      deletion = undefined;
      dispatch({ type: "deletionSettled" });
    },
    commitDeletion,
  };
}

export type Actions = ReturnType<typeof createActions>;
