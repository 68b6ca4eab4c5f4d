/** The texts of the model picker. */
export const englishPicker = {
  search: "Find a model",
  none: (query: string) => `No model is called “${query}”.`,
  found: (count: number) => (count === 1 ? "1 model" : `${count} models`),
  installingGroup: "Being installed",
  installableGroup: "Can be installed",
  inMemory: (size: string) => `${size} in memory`,
  weights: "Weights",
  kvCache: "Conversations (KV cache)",
  rest: "Computation and the rest",
  lanes: (count: number, contextTokens: string) =>
    count === 1 ? `Room for 1 reply of ${contextTokens}` : `Room for ${count} replies at once, ${contextTokens} each`,
  needs: (size: string) => `needs ${size}`,
};
