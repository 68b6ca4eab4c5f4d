/** What the page shows in its middle. */
export type ScreenName = "chat" | "models" | "completion" | "compare" | "server";

const screenPaths: Record<Exclude<ScreenName, "chat">, string> = {
  models: "/models",
  completion: "/completion",
  compare: "/compare",
  server: "/server",
};

/** The address of a screen that is no chat. */
export function pathOfScreen(screen: keyof typeof screenPaths): string {
  return screenPaths[screen];
}

/** The screen that an address names; everything that is none of the others is a chat. */
export function screenOfPath(path: string): ScreenName {
  const plain = path.length > 1 ? path.replace(/\/$/, "") : path;
  for (const screen of ["models", "completion", "compare", "server"] as const)
    if (plain === screenPaths[screen]) return screen;
  return "chat";
}

/** The address of a chat, and back. The server gives the page itself for every address of this shape. */
export function pathOfChat(conversationId: string | undefined): string {
  return conversationId === undefined ? "/" : `/c/${encodeURIComponent(conversationId)}`;
}

/** The conversation that an address names; undefined for a new chat. */
export function chatOfPath(path: string): string | undefined {
  const encoded = /^\/c\/([^/]+)\/?$/.exec(path)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
