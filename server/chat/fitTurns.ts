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

/** An older reply's summary, and from where on it is followed by the messages themselves. */
export type EarlierSummary = Pick<Message, "summary" | "readFromMessageId">;

/**
 * Makes the turns fit: `dropOldest` leaves out the oldest ones, `summarise` has the model put them into a few sentences, going on
 * from the last summary of this branch. Throws what summarising throws.
 */
export async function fitTurns(
  turns: readonly StoredTurn[],
  overflow: Exclude<Overflow, "refuse">,
  earlier: EarlierSummary | undefined,
  context: PromptContext,
): Promise<FittedTurns> {
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
  const room = limit - summaryTokens(context.contextTokens);
  const kept = await dropOldestTurns([...system, ...rest], async (some) => (await count(some)) <= room);
  const keptRest = kept.turns.filter(({ role }) => role !== "system");
  const dropped = rest.slice(0, rest.length - keptRest.length);
  // The last question alone is too long: the engine says so with its numbers.
  if (dropped.length === 0) return { turns: [...turns] };
  const summary = await summariseTurns(dropped, before, {
    contextTokens: context.contextTokens,
    countTokens: (prompt) => context.countTokens({ turns: [{ role: "user", content: prompt }] }),
    ask: (prompt, maxTokens) =>
      context.ask({ turns: [{ role: "user", content: prompt }] }, { maxTokens, temperature: 0 }),
  });
  return { turns: withSummary(system, keptRest, summary), readFromMessageId: firstMessageId(keptRest), summary };
}

/** One system turn: not every template takes two. */
function withSummary(system: readonly StoredTurn[], rest: readonly StoredTurn[], summary: string): StoredTurn[] {
  const told = [...system.map(({ content }) => content), `Summary of the conversation so far: ${summary}`];
  return [{ role: "system", content: told.join("\n\n"), messageId: undefined }, ...rest];
}

function firstMessageId(turns: readonly StoredTurn[]): string | undefined {
  return turns.find(({ messageId }) => messageId !== undefined)?.messageId;
}
