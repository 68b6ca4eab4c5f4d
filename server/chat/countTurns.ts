import type { Overflow, PromptCount } from "../protocol/conversation.js";
import { type StoredTurn, withoutId } from "./chatTurns.js";
import { type EarlierSummary, planFit, type TokenCounter } from "./fitTurns.js";

/** The message that is still being written. */
export const draftId = "draft";

/**
 * What would be sent, by its parts, and what would not. The parts are counted each alone and the history is what is left: whatever a
 * prompt format adds between turns is in it.
 */
export async function countTurns(
  turns: readonly StoredTurn[],
  overflow: Overflow,
  earlier: EarlierSummary | undefined,
  context: TokenCounter,
): Promise<PromptCount> {
  const count = (some: readonly Pick<StoredTurn, "role" | "content">[]) =>
    context.countTokens({ turns: some.map(({ role, content }) => ({ role, content })) });
  const nothing = { role: "user" as const, content: "" };
  const system = turns.filter(({ role }) => role === "system");
  const draft = turns.filter(({ messageId }) => messageId === draftId);
  const frameTokens = await count([nothing]);
  const systemTokens = system.length === 0 ? frameTokens : await count([...system, nothing]);
  const draftTokens = draft.length === 0 ? 0 : Math.max(0, (await count(draft)) - frameTokens);
  const isEmpty = turns.length === system.length;
  const wholeTokens = isEmpty ? systemTokens : await count(turns.map(withoutId));
  const parts = { contextTokens: context.contextTokens, systemTokens, draftTokens };
  if (overflow === "refuse") return { ...parts, promptTokens: wholeTokens, summaryTokens: 0, notSentTokens: 0 };

  const plan = await planFit(turns, overflow, earlier, context);
  if (plan.readFromMessageId === undefined)
    return { ...parts, promptTokens: wholeTokens, summaryTokens: 0, notSentTokens: 0 };
  const rest = plan.turns.filter(({ role }) => role !== "system");
  const keptTokens = await count([...system, ...rest]);
  // One that is still to be made is taken for as long as it may become.
  const summaryTokens =
    plan.toSummarise?.maxTokens ?? (plan.summary === undefined ? 0 : (await count(plan.turns)) - keptTokens);
  return {
    ...parts,
    promptTokens: keptTokens + summaryTokens,
    summaryTokens,
    notSentTokens: Math.max(0, wholeTokens - keptTokens),
    readFromMessageId: plan.readFromMessageId,
  };
}
