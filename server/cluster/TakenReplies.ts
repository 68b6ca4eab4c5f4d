import type { ChatAccounts } from "../chat/ChatAccounts.js";
import type { LeftReply } from "../chat/ChatService.js";
import type { NewLog } from "../chat/GenerationLog.js";
import { AppError } from "../platform/AppError.js";
import type { GenerationEvent } from "../protocol/generation.js";
import type { Sampling } from "../protocol/sampling.js";
import type { ReplyEnd } from "../storage/ConversationStore.js";
import type { StoredLog } from "./GenerationStreams.js";
import type { RedisGenerationLog } from "./RedisGenerationLog.js";
import { nodeOfTemporary } from "./temporaryIds.js";

/** Opens a log that another node has begun, as this node's own. */
export type OpenTaken = (id: string, stored: StoredLog, journal?: NewLog["journal"]) => RedisGenerationLog;

/**
 * What becomes of a generation whose node died. A reply in a stored chat goes on from its text, in the same log, so that who reads it
 * sees a pause and nothing else. One that cannot, and what is no stored reply, ends with `server_ended` and the text that is there.
 */
export class TakenReplies {
  readonly #accounts: ChatAccounts;
  readonly #open: OpenTaken;

  constructor(accounts: ChatAccounts, open: OpenTaken) {
    this.#accounts = accounts;
    this.#open = open;
  }

  /** Rejects while the database is away; may be called again then. */
  readonly take = async (id: string, stored: StoredLog): Promise<void> => {
    const { by, reply } = stored.facts;
    if (reply === undefined || nodeOfTemporary(reply.messageId) !== undefined)
      return this.#end(id, stored, { stopReason: "error", error: nodeDied().toInfo() });
    const left: LeftReply = {
      messageId: reply.messageId,
      generationId: id,
      text: textOf(stored.events),
      by: { principal: by },
      sampling: shortened(reply.sampling, tokensOf(stored.events)),
      overflow: reply.overflow,
      openLog: ({ journal }) => this.#open(id, stored, journal),
    };
    const { chat } = await this.#accounts.of(by.owner);
    let failure = nodeDied();
    try {
      if (canGoOn(reply.sampling) && (await chat.takeOver(left))) return;
    } catch (error) {
      failure = AppError.from(error);
      // The reply is as it was: it goes on once the database is back.
      if (failure.code === "storage_failed") throw failure;
    }
    const end: ReplyEnd = { stopReason: "error", error: failure.toInfo() };
    // The node may have stored the end, and died before the log had it.
    this.#end(id, stored, (await chat.endLeft(left, end)) ?? end);
  };

  #end(id: string, stored: StoredLog, { stopReason = "error", stats, error }: ReplyEnd): void {
    const log = this.#open(id, stored);
    log.append({
      type: "end",
      stopReason,
      ...(stats === undefined ? {} : { stats }),
      ...(error === undefined ? {} : { error }),
    });
  }
}

function nodeDied(): AppError {
  return new AppError("server_ended", "The node that made this reply ended in the middle of it.", {
    hint: "Ask again for a whole one.",
  });
}

function textOf(events: readonly GenerationEvent[]): string {
  return events.map((event) => (event.type === "text" || event.type === "snapshot" ? event.text : "")).join("");
}

function tokensOf(events: readonly GenerationEvent[]): number {
  return events.reduce((sum, event) => sum + ("tokenCount" in event ? event.tokenCount : 0), 0);
}

/** A grammar begins at the beginning: it cannot go on in the middle of what it has allowed. */
function canGoOn(sampling: Sampling | undefined): boolean {
  return sampling?.grammar === undefined && sampling?.jsonSchema === undefined;
}

/** What is left of the limit. */
function shortened(sampling: Sampling | undefined, madeTokens: number): Sampling | undefined {
  if (sampling?.maxTokens === undefined) return sampling;
  return { ...sampling, maxTokens: Math.max(1, sampling.maxTokens - madeTokens) };
}
