/** The smallest that is made: what is shorter takes as long to make. */
const leastTokens = 512;

/**
 * A context beside the lanes that is made when it is first needed, for as many tokens as are, and anew when more are: most of what is
 * embedded is a paragraph, and a context for all that the model could read would take the memory of a lane. Uses come one after
 * the other.
 */
export class GrowingContext<Context extends { dispose(): Promise<void> }> {
  readonly #make: (contextTokens: number) => Promise<Context>;
  #made: { context: Context; tokens: number } | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(make: (contextTokens: number) => Promise<Context>) {
    this.#make = make;
  }

  /**
   * Runs `work` with a context for at least `tokens`, of which there are `mostTokens` at most. Rejects as making one does. One whose work
   * fails is not used again: nobody knows what is left in it.
   */
  use<T>(tokens: number, mostTokens: number, work: (context: Context) => Promise<T>): Promise<T> {
    const result = this.#last.then(async () => {
      const context = await this.#atLeast(tokens, mostTokens);
      try {
        return await work(context);
      } catch (error) {
        this.#made = undefined;
        await context.dispose();
        throw error;
      }
    });
    this.#last = result.catch(() => {});
    return result;
  }

  async #atLeast(tokens: number, mostTokens: number): Promise<Context> {
    if (this.#made !== undefined && this.#made.tokens >= tokens) return this.#made.context;
    const wanted = Math.min(mostTokens, Math.max(leastTokens, 2 ** Math.ceil(Math.log2(tokens))));
    const smaller = this.#made;
    this.#made = undefined;
    await smaller?.context.dispose();
    const context = await this.#make(wanted);
    this.#made = { context, tokens: wanted };
    return context;
  }
}
