/**
 * Runs the jobs, `concurrency` at a time, and yields their results in the order of the jobs. A job starts only when there
 * is room, so memory stays bounded however slowly the results are taken. When a job fails, or the consumer stops early,
 * no further job starts and the generator ends after those under way have.
 */
export async function* inOrder<T>(jobs: Iterable<() => Promise<T>>, concurrency: number): AsyncGenerator<T> {
  const running: Promise<T>[] = [];
  const rest = jobs[Symbol.iterator]();
  let exhausted = false;
  try {
    while (true) {
      while (!exhausted && running.length < concurrency) {
        const next = rest.next();
        if (next.done === true) exhausted = true;
        else {
          const result = next.value();
          result.catch(() => undefined); // Reported when its turn comes.
          running.push(result);
        }
      }
      const first = running.shift();
      if (first === undefined) return;
      yield await first;
    }
  } finally {
    await Promise.allSettled(running);
  }
}
