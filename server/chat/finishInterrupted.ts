import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import type { Message } from "../protocol/conversation.js";
import type { ErrorInfo } from "../protocol/result.js";
import type { ChatStores } from "../storage/ChatStores.js";
import type { ChatFeed } from "./ChatFeed.js";

/** While the disk is full, it is tried again this much later. */
const defaultAgainMs = 5_000;

export interface InterruptedParts {
  stores: ChatStores;
  feed: ChatFeed;
  logger: Logger;
  /** What there is of a reply; undefined while another node makes it. */
  textOf(reply: Message): Promise<string | undefined>;
  againMs?: number;
}

/**
 * Ends the replies that the last server was in the middle of. A full disk keeps nobody from what is stored: it resolves then, too, and
 * the rest is ended and told as soon as there is room. Throws what else keeps the end of a reply from being stored.
 */
export async function finishInterrupted(parts: InterruptedParts): Promise<void> {
  const { stores, logger, againMs = defaultAgainMs } = parts;
  // Those alone, also when it is tried again: by then this server makes some itself.
  const left = [...(await stores.stored.unfinishedReplies())];
  const tryAgain = async () => {
    if (stores.closed) return;
    try {
      await finishAll(left, parts);
    } catch (error) {
      if (!isDiskFull(error)) {
        logger.error({ error: String(error) }, "replies that a server before this one left unfinished were not ended");
        return;
      }
      setTimeout(() => void tryAgain(), againMs).unref();
    }
  };
  try {
    await finishAll(left, parts);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    logger.warn("the disk is full: replies that a server before this one left unfinished are ended later");
    setTimeout(() => void tryAgain(), againMs).unref();
  }
}

export function isDiskFull(error: unknown): boolean {
  return error instanceof AppError && error.code === "disk_full";
}

/** Takes from `left` what is done. */
async function finishAll(left: Message[], { stores: { stored }, feed, logger, textOf }: InterruptedParts) {
  let interrupted = 0;
  for (let [reply] = left; reply !== undefined; [reply] = left) {
    const text = await textOf(reply);
    if (text !== undefined) {
      const end = { stopReason: "error", error: serverEnded() } as const;
      const message = await stored.finishReply(reply, end, text);
      const conversation = message === undefined ? undefined : await stored.get(message.conversationId);
      if (message !== undefined && conversation !== undefined) feed.changed(conversation, [message]);
      interrupted++;
    }
    left.shift();
  }
  if (interrupted > 0) logger.warn({ interrupted }, "replies that a server before this one left unfinished were ended");
}

function serverEnded(): ErrorInfo {
  return new AppError("server_ended", "Cria ended in the middle of this reply.", {
    hint: "Ask again for a whole one.",
  }).toInfo();
}
