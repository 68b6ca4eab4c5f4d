import type {
  Conversation,
  Message,
  Overflow,
  PromptCount,
  PromptTemplate,
} from "../../server/protocol/conversation.js";
import type { InstallableModel, InstallProgress } from "../../server/protocol/install.js";
import type { ModelInfo } from "../../server/protocol/model.js";
import type { ConnectionStatus } from "../connection/Connection.js";
import type { PageError } from "../connection/PageError.js";
import type { GenerationView } from "./applyGenerationEvent.js";
import type { ScreenName } from "./route.js";
import type { SettingsState } from "./settingsScopes.js";

/** A message that the server has not confirmed yet. */
export interface PendingSend {
  requestId: string;
  text: string;
  parentId: string | undefined;
  modelId: string;
  error: PageError | undefined;
  /** The message that this one is another version of. */
  editOf?: string | undefined;
  /** The files that go with it. */
  attachments?: readonly DraftAttachment[] | undefined;
}

/** A text file that is to go with the next message. */
export interface DraftAttachment {
  /** Of this page alone. */
  key: string;
  name: string;
  sizeBytes: number;
  /** Its name on the server, as soon as it is there. */
  id?: string;
  /** Why it cannot go with the message. */
  error?: PageError;
  /** What it says, as soon as it was read: kept in this browser until it is sent; see `keepUnsentFiles`. */
  text?: string;
  /** Attached in a temporary chat: never kept. */
  temporary?: true;
  /** What it costs in a prompt of that model. */
  cost?: { modelId: string; tokens: number };
}

/** Something that was deleted and can be brought back for a moment. */
export type Deletion =
  | { kind: "chat"; conversationId: string; wasOpen: boolean }
  | { kind: "message"; messageId: string; conversationId: string };

/** What of the shown branch and the draft would be sent, in tokens. */
export interface ContextCount extends PromptCount {
  /** The message up to which was counted. */
  headId: string | undefined;
  /** The draft that was counted; the reader may have written on since. */
  draft: string;
}

export interface ChatState {
  /** Undefined: a chat that nothing was written to yet. */
  conversationId: string | undefined;
  status: "ready" | "opening" | "missing" | "failed";
  error: PageError | undefined;
  conversation: Conversation | undefined;
  /** All messages of the tree, by id. */
  messages: Readonly<Record<string, Message>>;
  /** The end of the branch that is shown; the reader may look at another than the server's. */
  headId: string | undefined;
  pendingSend: PendingSend | undefined;
  /** Sent as soon as the running reply is finished. */
  queuedText: string | undefined;
  queuedAttachments: readonly DraftAttachment[];
  /** The user's message that was sent last from this page: it is scrolled to the top once. */
  sentMessageId: string | undefined;
  draft: string;
  count: ContextCount | undefined;
  /** The user's message that is being rewritten in its place, and the text so far. */
  editing: { messageId: string; text: string } | undefined;
  /** A new chat that will be kept in the server's memory only; one that exists knows it itself. */
  temporary: boolean;
  /** What to do when the chat no longer fits: ask, or leave out the oldest messages as the reader has decided here. */
  overflow: Overflow;
  /** A message that was searched for: it is to be scrolled to once. */
  foundMessageId: string | undefined;
  /** How many choices of a version the server has not confirmed yet. */
  unconfirmedChoices: number;
}

/** What can be installed, and how installs get on. */
export interface InstallsState {
  installable: readonly InstallableModel[] | undefined;
  /** The newest state of each install by its model's id. */
  byId: Readonly<Record<string, InstallProgress>>;
  error: PageError | undefined;
  /** A model that the reader came to see: its choices are open. */
  wantedId: string | undefined;
}

export interface AppState {
  screen: ScreenName;
  connection: { status: ConnectionStatus; everConnected: boolean };
  models: { list: readonly ModelInfo[] | undefined; error: PageError | undefined; selectedId: string | undefined };
  installs: InstallsState;
  settings: SettingsState;
  /** `loading`: open, and wanted where one chooses how the model is held in memory; `parameters` as soon as it is shown. */
  settingsPanel: "closed" | "parameters" | "loading";
  /** Undefined until somebody asks for them. */
  templates: readonly PromptTemplate[] | undefined;
  conversations: {
    list: readonly Conversation[] | undefined;
    error: PageError | undefined;
  };
  /** The last deletion, as long as it can be undone. */
  deletion: Deletion | undefined;
  chat: ChatState;
  /** The generations that are followed, by id. */
  generations: Readonly<Record<string, GenerationView>>;
  /** The chats whose replies are looked into; see `looksInside`. */
  lookInside: readonly string[];
  /** The files that wait in each chat's message box; see `chatKey`. */
  attachments: Readonly<Record<string, readonly DraftAttachment[]>>;
}

export const emptyChat: ChatState = {
  conversationId: undefined,
  status: "ready",
  error: undefined,
  conversation: undefined,
  messages: {},
  headId: undefined,
  pendingSend: undefined,
  queuedText: undefined,
  queuedAttachments: [],
  sentMessageId: undefined,
  draft: "",
  count: undefined,
  editing: undefined,
  temporary: false,
  overflow: "refuse",
  foundMessageId: undefined,
  unconfirmedChoices: 0,
};

export const initialState: AppState = {
  screen: "chat",
  connection: { status: "connecting", everConnected: false },
  models: { list: undefined, error: undefined, selectedId: undefined },
  settings: { stored: undefined, unsent: {} },
  settingsPanel: "closed",
  templates: undefined,
  installs: { installable: undefined, byId: {}, error: undefined, wantedId: undefined },
  conversations: { list: undefined, error: undefined },
  deletion: undefined,
  chat: emptyChat,
  generations: {},
  lookInside: [],
  attachments: {},
};
