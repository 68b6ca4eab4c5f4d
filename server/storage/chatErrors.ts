import { AppError } from "../platform/AppError.js";

export function conversationNotFound(): AppError {
  return new AppError("conversation_not_found", "There is no such conversation.", {
    hint: "It may have been deleted in another window.",
  });
}

export function messageNotFound(): AppError {
  return new AppError("message_not_found", "There is no such message in this conversation.", {
    hint: "It may have been deleted in another window: open the conversation again.",
  });
}

export function conversationBusy(): AppError {
  return new AppError("conversation_busy", "A reply is still being made here.", {
    hint: "Stop it, or wait until it has ended.",
  });
}
