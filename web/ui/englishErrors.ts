/** What went wrong, as the server says it in English. */
export interface SaidError {
  code?: string | undefined;
  message: string;
  hint?: string | undefined;
}

/** What is said of what went wrong. */
export const englishErrors = {
  kept: "What was written so far is kept.",
  tryAgain: "Try again",
  newChat: "New chat",
  titles: {
    worker_died: "The model stopped unexpectedly.",
    server_ended: "Cria ended in the middle of this reply.",
    memory_short: "This model needs more memory than is free.",
    memory_too_small: "This model needs more memory than there is.",
    model_crashing: "The model crashed again and again.",
    context_full: "This chat is longer than the model can hold.",
    model_load_failed: "The model could not be loaded.",
    gguf_invalid: "The model's file cannot be used.",
    model_load_timeout: "Loading the model took too long.",
    model_not_found: "This model is not installed any more.",
    disk_full: "The disk is full.",
    allowance_full: "There is no room for more of your chats.",
    queue_full: "Too many replies are waiting already.",
    conversation_busy: "A reply is being made here already.",
    generation_failed: "The model failed while replying.",
    generation_not_found: "The rest of this reply is lost.",
    request_timeout: "Cria did not answer in time.",
    connection_lost: "The connection to Cria was lost.",
    fallback: "Something went wrong.",
  } as Partial<Record<string, string>> & { fallback: string },
  timeoutMessage: "The server did not answer in time.",
  timeoutHint: "Check that Cria is still running, then try again.",
  /** The server's own words; in another language those for its code and its sentences. */
  said: ({ message, hint }: SaidError): Pick<SaidError, "message" | "hint"> => ({ message, hint }),
};
