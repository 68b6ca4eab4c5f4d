interface Measured {
  readonly tokens: number;
  readonly sizeBytes: number;
}

/** How large states on disk are, from those that were written: so much for each token, and perhaps something that each of them has. */
export class StateSizes {
  #shortest: Measured | undefined;
  #longest: Measured | undefined;

  /** A state of so many tokens took so many bytes. */
  add(tokens: number, sizeBytes: number): void {
    const measured = { tokens, sizeBytes };
    if (this.#shortest === undefined || tokens < this.#shortest.tokens) this.#shortest = measured;
    if (this.#longest === undefined || tokens > this.#longest.tokens) this.#longest = measured;
  }

  /** What a state of so many tokens will take, on the line through the shortest and the longest known; 0 while none is known. */
  expectedBytes(tokens: number): number {
    if (this.#shortest === undefined || this.#longest === undefined) return 0;
    const { tokens: most, sizeBytes } = this.#longest;
    const { tokens: fewest, sizeBytes: leastBytes } =
      this.#shortest.tokens < most ? this.#shortest : { tokens: 0, sizeBytes: 0 };
    const bytesPerToken = (sizeBytes - leastBytes) / Math.max(1, most - fewest);
    return Math.max(0, Math.ceil(sizeBytes + (tokens - most) * bytesPerToken));
  }
}
