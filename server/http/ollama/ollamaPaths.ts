/** What Ollama has that Cria does in another way: models come and go by its own commands. */
export const notDonePaths = ["/pull", "/push", "/create", "/copy", "/delete", "/blobs/:digest"] as const;

const donePaths = ["/tags", "/show", "/generate", "/chat", "/embed", "/embeddings", "/ps", "/version"];

/** Whether an address is one of Ollama's: other things of ours are under `/api` too. */
export function isOllamaPath(path: string): boolean {
  const [, below] = /^\/api(\/[a-z]+)(\/|$)/.exec(path) ?? [];
  return (
    below !== undefined &&
    [...donePaths, ...notDonePaths].some((known) => known === below || known.startsWith(`${below}/`))
  );
}
