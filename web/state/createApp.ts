import { createStore, type StoreApi } from "zustand/vanilla";
import type { Connection } from "../connection/Connection.js";
import type { AppEvent } from "./AppEvent.js";
import { type AppState, initialState } from "./AppState.js";
import { countAttachments } from "./countAttachments.js";
import { countContext } from "./countContext.js";
import { type Actions, createActions } from "./createActions.js";
import { createGenerationFeed } from "./createGenerationFeed.js";
import { createInsideActions, type InsideActions } from "./createInsideActions.js";
import { createSettingsActions, type SettingsActions, settingsFirst } from "./createSettingsActions.js";
import { createTemplateActions, type TemplateActions } from "./createTemplateActions.js";
import { createDrafts, type DraftStorage } from "./drafts.js";
import type { FileShelf } from "./fileShelf.js";
import { followEnded } from "./followEnded.js";
import { followGenerations } from "./followGenerations.js";
import { keepUnsent } from "./keepUnsent.js";
import { keepUnsentFiles } from "./keepUnsentFiles.js";
import { askInside, keepLookInside, readLookInside } from "./lookInside.js";
import type { FrameScheduler } from "./pacedFrames.js";
import { reduceApp } from "./reduceApp.js";
import { shownChat } from "./shownChat.js";

/** The page without its drawing: the state and everything one can do. */
export interface App {
  store: StoreApi<AppState>;
  actions: Actions & InsideActions & SettingsActions & TemplateActions;
  connection: Connection;
}

interface Options {
  connection: Connection;
  history: Pick<History, "pushState" | "replaceState">;
  storage?: DraftStorage | undefined;
  /** Where files are kept that wait to be sent; left out: nowhere. */
  shelf?: FileShelf;
  schedule?: FrameScheduler;
  undoMs?: number;
}

const modelKey = "cria.model";

/** Puts the page together: server events go through the reducers, and what follows from them goes back to the server. */
export function createApp({ connection: line, history, storage, shelf, schedule, undoMs = 10_000 }: Options): App {
  const store = createStore<AppState>(() => ({
    ...initialState,
    models: { ...initialState.models, selectedId: readModel(storage) },
    lookInside: readLookInside(storage),
  }));
  const dispatch = (event: AppEvent) => store.setState((state) => reduceApp(state, event), true);
  const settings = createSettingsActions({ store, dispatch, connection: line });
  const connection = askInside(settingsFirst(line, store, settings.flushSettings), store, dispatch);
  const drafts = createDrafts(storage);
  keepUnsent(store, drafts);
  if (shelf) keepUnsentFiles({ store, dispatch, connection, shelf });
  const actions = {
    ...createActions({ store, dispatch, connection, drafts, history, undoMs }),
    ...createInsideActions({ store, dispatch, connection }),
    ...settings,
    ...createTemplateActions({ dispatch, connection }),
  };
  const feed = createGenerationFeed((batches) => dispatch({ type: "generationEvents", batches }), schedule);

  connection.on("generation:events", (batch) => feed.push({ ...batch, atMs: performance.now() }));
  connection.on("model:changed", ({ models }) => dispatch({ type: "modelsChanged", models }));
  connection.on("model:removed", ({ modelId }) => {
    dispatch({ type: "modelRemoved", modelId });
    void actions.fetchInstalls();
  });
  connection.on("settings:changed", (event) => dispatch({ type: "settingsLoaded", ...event }));
  connection.on("install:progress", ({ install }) => {
    dispatch({ type: "installProgressed", install });
    // What fits is another question after an install.
    if (install.state === "installed") void actions.fetchInstalls();
  });
  connection.on("conversation:changed", (change) => {
    feed.flush();
    dispatch({ type: "chatChanged", ...change });
  });
  connection.on("conversation:listed", (event) => {
    dispatch({ type: "conversationListed", ...event });
    const { conversationId, status } = store.getState().chat;
    // Deleted in another window, and brought back there.
    if (status === "missing" && conversationId === event.conversation.id) void actions.openCurrent();
  });
  connection.on("conversation:deleted", (event) => dispatch({ type: "conversationDeleted", ...event }));

  connection.on("message:deleted", (event) => dispatch({ type: "messagesDeleted", ...event }));

  followGenerations(store, dispatch, connection, () => void actions.openCurrent());
  followEnded(store, dispatch, connection);
  keepLookInside(store, storage);
  countContext(store, dispatch, connection);
  countAttachments(store, dispatch, connection);
  store.subscribe((state, before) => {
    if (state.models.selectedId !== before.models.selectedId) writeModel(storage, state.models.selectedId);
    // By what is stored: the log's end may come before that or after it.
    const reply = shownChat(before.chat).branch.at(-1);
    const now = reply?.status === "generating" ? state.chat.messages[reply.id] : undefined;
    if (now?.status === "complete" && state.chat.queuedText !== undefined) actions.releaseQueued(now);
  });

  // After a lost connection the rooms are gone and events were missed: everything shown is asked for anew.
  connection.onStatus((status) => {
    dispatch({ type: "connectionChanged", status });
    if (status !== "connected") return;
    void actions.fetchLists();
    void actions.fetchInstalls();
    void actions.fetchSettings();
    void actions.openCurrent();
  });
  return { store, actions, connection };
}

function readModel(storage: DraftStorage | undefined): string | undefined {
  try {
    return storage?.getItem(modelKey) ?? undefined;
  } catch {
    return undefined;
  }
}

function writeModel(storage: DraftStorage | undefined, modelId: string | undefined): void {
  try {
    if (modelId !== undefined) storage?.setItem(modelKey, modelId);
  } catch {
    // The choice lasts until the page is closed.
  }
}
