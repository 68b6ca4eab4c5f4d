import { Script } from "node:vm";

/** Its one line calls what {@link runCapped} was given. */
const script = new Script("criaCappedWork()", { filename: "capped" });

/**
 * Runs `work`, which must be synchronous, for `timeoutMs` at most: V8 itself ends it then, also in the middle of a loop that never
 * would. Returns undefined when it was ended. Calls cannot be nested.
 * Source: https://nodejs.org/api/vm.html (`timeout` of `runInThisContext`).
 */
export function runCapped<T>(work: () => T, timeoutMs: number): { result: T } | undefined {
  let result: { result: T } | undefined;
  Reflect.set(globalThis, "criaCappedWork", () => {
    result = { result: work() };
  });
  try {
    script.runInThisContext({ timeout: timeoutMs });
    return result;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return undefined;
    throw error;
  } finally {
    Reflect.deleteProperty(globalThis, "criaCappedWork");
  }
}
