import { useState } from "react";
import type { PageError } from "../connection/PageError.js";

/** Runs what a button does and keeps what went wrong, until the next try. */
export function useProblem() {
  const [problem, setProblem] = useState<PageError | undefined>();
  const [busy, setBusy] = useState(false);
  const attempt = async (task: () => Promise<PageError | undefined>): Promise<boolean> => {
    setBusy(true);
    setProblem(undefined);
    const result = await task();
    setBusy(false);
    setProblem(result);
    return result === undefined;
  };
  return { problem, busy, attempt };
}
