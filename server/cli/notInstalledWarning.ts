/** What a terminal shows of a model that --preload or --pin names and that is not installed. */
export function notInstalledWarning(modelId: string): string {
  return [
    `${modelId} cannot be loaded at the start: no model of that name is installed.`,
    `cria list names those that are, and cria install ${modelId} gets one that the catalog has.`,
  ].join("\n");
}
