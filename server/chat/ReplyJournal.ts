import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import type { Message } from "../protocol/conversation.js";
import type { GenerationEvent } from "../protocol/generation.js";
import type { ErrorInfo } from "../protocol/result.js";
import type { ChatStores } from "../storage/ChatStores.js";
import type { ReplyEnd, ReplyInMaking } from "../storage/ConversationStore.js";

/** After the end of a reply could not be stored, it is tried again this much later. */
const finishAgainMs = 5_000;

/** What a journal needs of the chats that its reply is in. */
export interface ReplyJournalParts {
  stores: ChatStores;
  logger: Logger;
  /** Hears how the reply is stored at its end, unless it was deleted. */
  finished(message: Message): Promise<void>;
}

/** Stores one reply as it is made: every piece of text before any reader sees it, then the whole and how it ended. */
export class ReplyJournal {
  readonly #reply: ReplyInMaking;
  readonly #parts: ReplyJournalParts;
  #text: string;
  #skipFirst: boolean;

  /**
   * `storedText`: what is stored of it already. It is the generation's first text, unless it is empty or `takenOver` from a log
   * that has it.
   */
  constructor(reply: ReplyInMaking, storedText: string, parts: ReplyJournalParts, takenOver = false) {
    this.#reply = reply;
    this.#text = storedText;
    this.#skipFirst = storedText !== "" && !takenOver;
    this.#parts = parts;
  }

  /**
   * For the generation's log. Throws what keeps a piece from being stored. Of an end it gives when that is stored, or was tried once.
   */
  take(event: GenerationEvent): void | Promise<void> {
    if (event.type === "text") {
      if (this.#skipFirst) this.#skipFirst = false;
      else {
        this.#keep(event.seq, event.text);
        this.#text += event.text;
      }
    } else if (event.type === "end") {
      const { stopReason, stats, error } = event;
      return this.#finish({
        stopReason,
        ...(stats === undefined ? {} : { stats }),
        ...(error === undefined ? {} : { error }),
      });
    }
  }

  /** It is not known whether the reply's place was stored, and it is not made: if it was, it ends with this. */
  abandon(error: ErrorInfo): Promise<void> {
    return this.#finish({ stopReason: "error", error });
  }

  /** As long as the end cannot be stored, again and again, so that the reply does not stay open for ever. */
  async #finish(end: ReplyEnd): Promise<void> {
    const { stores, logger, finished } = this.#parts;
    if (stores.closed) return;
    const { id } = this.#reply;
    try {
      const message = await stores.of(id).finishReply(this.#reply, end, this.#text);
      if (message !== undefined) await finished(message);
    } catch (error) {
      logger.warn({ messageId: id, error: String(error) }, "the end of a reply was not stored");
      if (error instanceof AppError) setTimeout(() => void this.#finish(end), finishAgainMs).unref();
    }
  }

  #keep(seq: number, text: string): void {
    const { stores, logger } = this.#parts;
    const { id } = this.#reply;
    try {
      stores.of(id).appendPiece?.(id, seq, text);
    } catch (error) {
      if (error instanceof AppError) throw error;
      // The reply was deleted under way: the readers still get what is made.
      logger.warn({ messageId: id, error: String(error) }, "a piece of a reply was not stored");
    }
  }
}
