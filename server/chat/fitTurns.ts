import type { Message, Overflow } from "../protocol/conversation.js";
import { dropOldestTurns, type StoredTurn, withoutId } from "./chatTurns.js";
import type { PromptContext } from "./GenerationService.js";
import { summariseTurns, summaryTokens } from "./summariseTurns.js";

/** Tokens that are kept free for the reply when old turns are left out, as a share of the context. */
const replyShare = 0.25;

/** What the model reads when a conversation is too long for it. */
export interface FittedTurns {
  turns: StoredTurn[];
  /** The first message that it reads as it stands; undefined when it reads all. */
  readFromMessageId?: string | undefined;
  /** Read in place of what came before that message. */
  summary?: string | undefined;
}

/** How a conversation is made to fit, before the model is asked for anything. */
export interface FitPlan extends FittedTurns {
  /** What is to be summarised first, going on from `before`; `turns` are without that summary. */
  toSummarise?: { turns: StoredTurn[]; before: string | undefined; maxTokens: number };
}

/** An older reply's summary, and from where on it is followed by the messages themselves. */
export type EarlierSummary = Pick<Message, "summary" | "readFromMessageId">;

/** What counting needs of the model. */
export type TokenCounter = Pick<PromptContext, "contextTokens" | "countTokens">;

/**
 * How the turns are made to fit: `dropOldest` leaves out the oldest ones, `summarise` has the model put them into a few sentences,
 * going on from the last summary of this branch. Only counts.
 */
export async function planFit(
  turns: readonly StoredTurn[],
  overflow: Exclude<Overflow, "refuse">,
  earlier: EarlierSummary | undefined,
  context: TokenCounter,
): Promise<FitPlan> {
  const limit = context.contextTokens * (1 - replyShare);
  const count = (some: readonly StoredTurn[]) => context.countTokens({ turns: some.map(withoutId) });
  if (overflow === "dropOldest") {
    const kept = await dropOldestTurns(turns, async (some) => (await count(some)) <= limit);
    return { turns: kept.turns, readFromMessageId: kept.dropped ? firstMessageId(kept.turns) : undefined };
  }
  if ((await count(turns)) <= limit) return { turns: [...turns] };
  const system = turns.filter(({ role }) => role === "system");
  const from = turns.findIndex(({ messageId }) => messageId !== undefined && messageId === earlier?.readFromMessageId);
  const before = from < 0 ? undefined : earlier?.summary;
  const rest = before === undefined ? turns.filter(({ role }) => role !== "system") : turns.slice(from);
  if (before !== undefined) {
    const again = withSummary(system, rest, before);
    if ((await count(again)) <= limit)
      return { turns: again, readFromMessageId: firstMessageId(rest), summary: before };
  }
  const maxTokens = summaryTokens(context.contextTokens);
  const kept = await dropOldestTurns([...system, ...rest], async (some) => (await count(some)) <= limit - maxTokens);
  const keptRest = kept.turns.filter(({ role }) => role !== "system");
  const dropped = rest.slice(0, rest.length - keptRest.length);
  // The last question alone is too long: the engine says so with its numbers.
  if (dropped.length === 0) return { turns: [...turns] };
  return {
    turns: kept.turns,
    readFromMessageId: firstMessageId(keptRest),
    toSummarise: { turns: dropped, before, maxTokens },
  };
}

/** Makes the turns fit, see {@link planFit}. Throws what summarising throws. */
export async function fitTurns(
  turns: readonly StoredTurn[],
  overflow: Exclude<Overflow, "refuse">,
  earlier: EarlierSummary | undefined,
  context: PromptContext,
): Promise<FittedTurns> {
  const { toSummarise, ...plan } = await planFit(turns, overflow, earlier, context);
  if (toSummarise === undefined) return plan;
  const summary = await summariseTurns(toSummarise.turns, toSummarise.before, {
    contextTokens: context.contextTokens,
    countTokens: (prompt) => context.countTokens({ turns: [{ role: "user", content: prompt }] }),
    ask: (prompt, maxTokens) =>
      context.ask({ turns: [{ role: "user", content: prompt }] }, { maxTokens, temperature: 0 }),
  });
  const system = plan.turns.filter(({ role }) => role === "system");
  const rest = plan.turns.filter(({ role }) => role !== "system");
  return { ...plan, turns: withSummary(system, rest, summary), summary };
}

/** The turns that a reply was begun with, for one that goes on: the same were left out, the same summary stands for them. */
export function readAsBefore(
  turns: readonly StoredTurn[],
  { readFromMessageId, summary }: EarlierSummary,
): StoredTurn[] {
  const from = turns.findIndex(({ messageId }) => messageId !== undefined && messageId === readFromMessageId);
  if (from < 0) return [...turns];
  const system = turns.filter(({ role }) => role === "system");
  return summary === undefined ? [...system, ...turns.slice(from)] : withSummary(system, turns.slice(from), summary);
}

/** One system turn: not every template takes two. */
function withSummary(system: readonly StoredTurn[], rest: readonly StoredTurn[], summary: string): StoredTurn[] {
  const told = [...system.map(({ content }) => content), `Summary of the conversation so far: ${summary}`];
  return [{ role: "system", content: told.join("\n\n"), messageId: undefined }, ...rest];
}

function firstMessageId(turns: readonly StoredTurn[]): string | undefined {
  return turns.find(({ messageId }) => messageId !== undefined)?.messageId;
}
