import { AppError } from "../../platform/AppError.js";

/** Stays when the context is shifted: the token that marks the beginning, without which some models lose their footing. */
export const keptTokens = 1;

/** How many tokens go at a time when the context is shifted. */
export function shiftSize(contextTokens: number): number {
  return Math.max(1, Math.floor((contextTokens - keptTokens) / 2));
}

/**
 * What of a prompt is read. One that leaves no room for a reply is refused with `context_full`; with `contextShift` its beginning and as
 * much of its end as leaves half of the context for the reply are read instead. To be asked before a lane is: a prompt that is refused
 * must not wait for one, nor take one that holds another conversation.
 */
export function fitPrompt<Token>(tokens: Token[], contextTokens: number, contextShift: boolean): Token[] {
  if (tokens.length < contextTokens) return tokens;
  if (contextShift) return [...tokens.slice(0, keptTokens), ...tokens.slice(-shiftSize(contextTokens))];
  throw new AppError(
    "context_full",
    `This takes ${tokens.length} tokens and the model's context holds ${contextTokens}.`,
    { hint: "Start a new chat, or shorten what you send." },
  );
}
