import type { Message } from "../protocol/conversation.js";
import type { ChatTurn } from "../protocol/events.js";

/** A turn and the stored message that it came from; the system prompt has none. */
export interface StoredTurn extends ChatTurn {
  messageId: string | undefined;
}

/**
 * The turns that the model reads: the system prompt, then the messages from the root on. Replies without text (failed ones) are
 * left out; a user's attached files come before the text, each fenced and under its name.
 */
export function chatTurns(
  path: readonly Message[],
  systemPrompt: string | undefined,
  attachmentText: (id: string) => { name: string; text: string } | undefined,
): StoredTurn[] {
  const turns: StoredTurn[] = [];
  if (systemPrompt !== undefined && systemPrompt.trim() !== "")
    turns.push({ role: "system", content: systemPrompt, messageId: undefined });
  for (const message of path) {
    const files = (message.attachments ?? []).flatMap(({ id }) => attachmentText(id) ?? []);
    const content = [...files.map(fenced), message.text].join("\n\n");
    if (content !== "") turns.push({ role: message.role, content, messageId: message.id });
  }
  return turns;
}

/** The turn as a model gets it. */
export function withoutId({ role, content }: StoredTurn): ChatTurn {
  return { role, content };
}

/** The fence is longer than any in the file, so that the file cannot end it. */
function fenced({ name, text }: { name: string; text: string }): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${name}:\n${fence}\n${text}${text.endsWith("\n") ? "" : "\n"}${fence}`;
}

/**
 * Leaves out the oldest turns until `fits` says that the rest does: from which turn on the model reads. System turns and the last
 * turn always stay, and what remains begins with a user's turn. Few calls: the place is found by bisection.
 */
export async function dropOldestTurns(
  turns: readonly StoredTurn[],
  fits: (turns: StoredTurn[]) => Promise<boolean>,
): Promise<{ turns: StoredTurn[]; dropped: boolean }> {
  const system = turns.filter((turn) => turn.role === "system");
  const rest = turns.filter((turn) => turn.role !== "system");
  const starts = rest.flatMap((turn, index) => (turn.role === "user" ? [index] : []));
  const from = (start: number) => [...system, ...rest.slice(starts[start] ?? 0)];
  if (starts.length <= 1 || (await fits([...turns]))) return { turns: [...turns], dropped: false };
  let [tooMany, enough] = [0, starts.length - 1];
  while (enough - tooMany > 1) {
    const middle = (tooMany + enough) >> 1;
    if (await fits(from(middle))) enough = middle;
    else tooMany = middle;
  }
  return { turns: from(enough), dropped: true };
}
