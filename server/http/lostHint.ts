/** What OpenAI's clients ask for, with the base address's `/v1` left out or doubled slashes in it. */
const openAiPaths = /^\/+(v1\/+)?(models|chat\/completions|completions|completion|embeddings|responses)(\/|$)/i;

/** Whether a client of OpenAI's asks for what is elsewhere. */
export const isLostOpenAiPath = (path: string): boolean => openAiPaths.test(path);

/** What to say to whoever asks for a path that is nowhere. */
export function lostHint(path: string): string {
  return isLostOpenAiPath(path)
    ? "Clients of OpenAI's want the address that ends in /v1, without a slash after it."
    : "The page is at /.";
}

/** OpenAI's newer interfaces, for which its older one does as well. */
export function lostOpenAiHint(path: string): string {
  return /^\/(responses|messages)(\/|$)/i.test(path)
    ? "Have your program use chat completions: POST /v1/chat/completions."
    : "GET /docs lists what there is.";
}
