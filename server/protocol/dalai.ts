/** The events of Dalai's protocol (dalai 0.3.1), beside ours on the same socket; rules [D…] in docs/protocol.md. */
export interface DalaiClientToServerEvents {
  /** A prompt, a slash command or `{method: "installed"}`: anything at all may come, and nothing of it is refused. */
  request: (payload: unknown) => void;
}

/** Every piece goes out as both: Dalai's page listens to `result` alone, its npm client to `response` alone. */
export interface DalaiServerToClientEvents {
  result: (piece: { response: string; request: Record<string, unknown> }) => void;
  response: (text: string) => void;
}

/** The last piece of every answer, exactly so: Dalai's page compares with `==`. */
export const dalaiEndMarker = "\n\n<end>";
