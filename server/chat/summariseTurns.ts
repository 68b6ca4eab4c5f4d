import { AppError } from "../platform/AppError.js";
import type { ChatTurn } from "../protocol/events.js";

/** The model that summarises. */
export interface Summariser {
  /** What one sequence holds. */
  contextTokens: number;
  /** Tokens of a prompt in the model's format. */
  countTokens(prompt: string): Promise<number>;
  /** The model's answer to a prompt, of at most so many tokens. */
  ask(prompt: string, maxTokens: number): Promise<string>;
}

const summaryShare = 0.125;
const mostSummaryTokens = 512;

/** Tokens that a summary may have in a context of this size. */
export function summaryTokens(contextTokens: number): number {
  return Math.max(1, Math.min(mostSummaryTokens, Math.floor(contextTokens * summaryShare)));
}

/**
 * Has the model put turns into a few sentences, `before` included, which is what it said of still older ones. Turns that are too
 * many for one prompt are summarised in several; of a single one that is too long the beginning is read. Throws
 * `generation_failed` when the model says nothing.
 */
export async function summariseTurns(
  turns: readonly ChatTurn[],
  before: string | undefined,
  model: Summariser,
): Promise<string> {
  const maxTokens = summaryTokens(model.contextTokens);
  const fits = async (prompt: string) => (await model.countTokens(prompt)) <= model.contextTokens - maxTokens;
  let summary = before;
  for (let next = 0; next < turns.length; ) {
    let count = turns.length - next;
    let prompt = summaryPrompt(turns.slice(next, next + count), summary);
    while (count > 1 && !(await fits(prompt))) {
      count = Math.ceil(count / 2);
      prompt = summaryPrompt(turns.slice(next, next + count), summary);
    }
    const [turn] = turns.slice(next);
    for (let length = turn?.content.length ?? 0; count === 1 && turn && length > 16 && !(await fits(prompt)); ) {
      length = Math.floor(length / 2);
      prompt = summaryPrompt([{ ...turn, content: `${turn.content.slice(0, length)} […]` }], summary);
    }
    summary = (await model.ask(prompt, maxTokens)).trim();
    if (summary === "")
      throw new AppError("generation_failed", "The model did not summarise what came before.", {
        hint: "Leave out the oldest messages instead, or start a new chat.",
      });
    next += count;
  }
  return summary ?? "";
}

/** One message, so that every prompt format has a place for it. */
function summaryPrompt(turns: readonly ChatTurn[], before: string | undefined): string {
  const said = turns.map(({ role, content }) => `${role === "user" ? "User" : "Assistant"}: ${content}`);
  return [
    "Summarise this conversation in a few sentences. Keep names, numbers, decisions and open questions.",
    ...(before === undefined ? [] : [`What was said before it: ${before}`]),
    `Conversation:\n${said.join("\n\n")}`,
  ].join("\n\n");
}
