import { useState } from "react";

/** What went wrong, in words, and what helps. */
export interface Problem {
  code?: string | undefined;
  message: string;
  hint?: string | undefined;
}

/** Runs what a button does and keeps what went wrong, until the next try. */
export function useProblem() {
  const [problem, setProblem] = useState<Problem | undefined>();
  const [busy, setBusy] = useState(false);
  const attempt = async (task: () => Promise<Problem | undefined>): Promise<boolean> => {
    setBusy(true);
    setProblem(undefined);
    const result = await task();
    setBusy(false);
    setProblem(result);
    return result === undefined;
  };
  return { problem, busy, attempt };
}
