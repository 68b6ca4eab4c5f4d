/** Runs it, and again where it took long: what is slow by itself is slow again, what waited for a busy machine is not. */
export async function fastestMs(limitMs: number, run: () => Promise<void>): Promise<number> {
  let fastest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 5 && fastest > limitMs; attempt++) {
    const startMs = performance.now();
    await run();
    fastest = Math.min(fastest, performance.now() - startMs);
  }
  return fastest;
}
