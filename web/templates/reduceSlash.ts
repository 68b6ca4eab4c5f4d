import type { PromptTemplate } from "../../server/protocol/conversation.js";

/** What is typed after a `/` at the very beginning of a message of one line; undefined when there is none. */
export function slashQuery(draft: string): string | undefined {
  return /^\/(.*)$/.exec(draft)?.[1];
}

/** The templates whose names have the words of a query in them; those that begin with it come first. */
export function matchTemplates(templates: readonly PromptTemplate[], query: string): PromptTemplate[] {
  const wanted = query.trim().toLowerCase();
  const found = templates.filter(({ name }) => name.toLowerCase().includes(wanted));
  const begins = ({ name }: PromptTemplate) => name.toLowerCase().startsWith(wanted);
  return [...found.filter(begins), ...found.filter((template) => !begins(template))];
}

/** The menu in the message box: which row is active, and whether the reader has closed it. */
export interface SlashState {
  active: number;
  closed: boolean;
}

export type SlashEvent = { type: "draftChanged"; draft: string } | { type: "moved"; to: number } | { type: "closed" };

export const initialSlash: SlashState = { active: 0, closed: false };

/** Pure. Once closed, the menu stays so until the message begins with something else. */
export function reduceSlash(state: SlashState, event: SlashEvent): SlashState {
  switch (event.type) {
    case "draftChanged":
      return { active: 0, closed: state.closed && slashQuery(event.draft) !== undefined };
    case "moved":
      return { ...state, active: event.to };
    case "closed":
      return { ...state, closed: true };
  }
}
