import type { AppEvent } from "./AppEvent.js";
import type { AppState } from "./AppState.js";

type Conversations = AppState["conversations"];

/** The list in the sidebar, newest first. */
export function reduceConversations(state: Conversations, event: AppEvent): Conversations {
  switch (event.type) {
    case "conversationsListed":
      return { ...state, list: newestFirst(event.conversations), error: undefined };
    case "conversationsFailed":
      return { ...state, error: event.error };
    case "conversationListed":
    case "sendAnswered": {
      const others = (state.list ?? []).filter(({ id }) => id !== event.conversation.id);
      return { ...state, list: newestFirst([event.conversation, ...others]) };
    }
    case "conversationDeleted":
      return {
        ...state,
        list: state.list?.filter(({ id }) => id !== event.conversationId),
      };
    default:
      return state;
  }
}

function newestFirst(list: NonNullable<Conversations["list"]>): NonNullable<Conversations["list"]> {
  return [...list].sort((a, b) => b.updatedAtMs - a.updatedAtMs);
}
