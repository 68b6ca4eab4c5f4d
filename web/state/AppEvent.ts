import type {
  Conversation,
  Message,
  Overflow,
  PromptTemplate,
  Settings,
  SettingsValue,
} from "../../server/protocol/conversation.js";
import type { InstallableModel, InstallProgress } from "../../server/protocol/install.js";
import type { ModelInfo } from "../../server/protocol/model.js";
import type { ConnectionStatus } from "../connection/Connection.js";
import type { PageError } from "../connection/PageError.js";
import type { AppState, ContextCount, Deletion, DraftAttachment, PendingSend } from "./AppState.js";
import type { GenerationBatch } from "./createGenerationFeed.js";
import type { ScreenName } from "./route.js";

/** Everything that can happen to the page's state. Names say what happened, not what to do about it. */
export type AppEvent =
  | { type: "connectionChanged"; status: ConnectionStatus }
  | { type: "modelsListed"; models: readonly ModelInfo[] }
  | { type: "modelsChanged"; models: readonly ModelInfo[] }
  | { type: "modelsFailed"; error: PageError }
  | { type: "modelSelected"; modelId: string }
  | { type: "modelRemoved"; modelId: string }
  | { type: "screenOpened"; screen: ScreenName; modelId?: string | undefined }
  | { type: "installsListed"; installable: readonly InstallableModel[]; installs: readonly InstallProgress[] }
  | { type: "templatesListed"; templates: readonly PromptTemplate[] }
  | { type: "settingsLoaded"; settings: Settings }
  | { type: "settingsEdited"; key: string; value: SettingsValue }
  | { type: "settingsConfirmed"; key: string; value: SettingsValue }
  | { type: "settingsPanelSet"; panel: AppState["settingsPanel"] }
  | { type: "installsFailed"; error: PageError }
  | { type: "installProgressed"; install: InstallProgress }
  | { type: "conversationsListed"; conversations: readonly Conversation[] }
  | { type: "conversationsFailed"; error: PageError }
  | { type: "conversationListed"; conversation: Conversation }
  | { type: "conversationDeleted"; conversationId: string }
  | { type: "deleted"; deletion: Deletion }
  | { type: "deletionSettled" }
  | { type: "messagesDeleted"; conversationId: string; messageIds: readonly string[] }
  | { type: "chatLeft"; conversationId: string | undefined; draft: string; foundMessageId?: string | undefined }
  | { type: "temporaryChosen" }
  | { type: "foundMessageShown" }
  | { type: "editBegun"; messageId: string; text: string }
  | { type: "editEnded" }
  | { type: "overflowChosen"; overflow: Overflow }
  | { type: "chatOpened"; conversation: Conversation; messages: readonly Message[] }
  | { type: "chatOpenFailed"; conversationId: string; error: PageError }
  | { type: "chatChanged"; conversation: Conversation; messages: readonly Message[] }
  | { type: "draftChanged"; draft: string }
  | { type: "sendBegun"; pending: PendingSend }
  | { type: "sendAnswered"; requestId: string; conversation: Conversation; userMessage: Message; reply: Message }
  | { type: "sendFailed"; requestId: string; error: PageError }
  | { type: "sendTakenBack" }
  | { type: "textQueued"; text: string; attachments?: readonly DraftAttachment[] }
  | { type: "attachmentsAdded"; chat: string; attachments: readonly DraftAttachment[] }
  | { type: "attachmentChanged"; key: string; change: Partial<DraftAttachment> }
  | { type: "attachmentRemoved"; key: string }
  | { type: "attachmentsTaken"; chat: string }
  | { type: "queueEmptied" }
  | { type: "versionChosen"; messageId: string; unconfirmed?: boolean }
  | { type: "versionConfirmed" }
  | { type: "contextCounted"; count: ContextCount | undefined }
  | { type: "generationFollowed"; generationId: string }
  | { type: "generationEvents"; batches: readonly GenerationBatch[] }
  | { type: "lookInsideSet"; conversationId: string | undefined; on: boolean }
  | { type: "generationLost"; generationId: string; error: PageError };
