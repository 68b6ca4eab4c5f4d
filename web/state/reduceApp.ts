import type { AppEvent } from "./AppEvent.js";
import type { AppState } from "./AppState.js";
import { reduceLookInside } from "./lookInside.js";
import { reduceAttachments } from "./reduceAttachments.js";
import { reduceChat } from "./reduceChat.js";
import { reduceConversations } from "./reduceConversations.js";
import { reduceGenerations } from "./reduceGenerations.js";
import { reduceInstalls } from "./reduceInstalls.js";
import { reduceModels } from "./reduceModels.js";
import { reduceSettings } from "./reduceSettings.js";

/** The whole page's state after an event. Pure; parts that do not change stay the same object. */
export function reduceApp(state: AppState, event: AppEvent): AppState {
  return {
    screen: reduceScreen(state.screen, event),
    connection: reduceConnection(state.connection, event),
    models: reduceModels(state.models, event),
    settings: reduceSettings(state.settings, event),
    settingsPanel: event.type === "settingsPanelSet" ? event.panel : state.settingsPanel,
    templates: event.type === "templatesListed" ? event.templates : state.templates,
    installs: reduceInstalls(state.installs, event),
    conversations: reduceConversations(state.conversations, event),
    deletion: reduceDeletion(state.deletion, event),
    chat: reduceChat(state.chat, event),
    generations: reduceGenerations(state.generations, event),
    lookInside: reduceLookInside(state.lookInside, event),
    attachments: reduceAttachments(state.attachments, event),
  };
}

function reduceScreen(state: AppState["screen"], event: AppEvent): AppState["screen"] {
  if (event.type === "screenOpened") return event.screen;
  return event.type === "chatLeft" ? "chat" : state;
}

function reduceConnection(state: AppState["connection"], event: AppEvent): AppState["connection"] {
  if (event.type !== "connectionChanged") return state;
  return { status: event.status, everConnected: state.everConnected || event.status === "connected" };
}

function reduceDeletion(state: AppState["deletion"], event: AppEvent): AppState["deletion"] {
  if (event.type === "deleted") return event.deletion;
  return event.type === "deletionSettled" ? undefined : state;
}
