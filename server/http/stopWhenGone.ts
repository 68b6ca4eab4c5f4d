import type { ServerResponse } from "node:http";
import type { Generation } from "../chat/Generation.js";

/** Stops the generations when the client goes away before it has its whole answer. */
export function stopWhenGone(response: ServerResponse, generations: readonly Generation[]): void {
  const stop = () => {
    if (response.writableFinished) return;
    for (const generation of generations) generation.stop();
  };
  if (response.destroyed) stop();
  else response.once("close", stop);
}
