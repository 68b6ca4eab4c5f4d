import { messages } from "./messages.js";
import { Notice } from "./Notice.js";
import type { Problem } from "./useProblem.js";

/** What went wrong, and what helps, in the place where it happened. */
export function ProblemNotice({ problem }: { problem: Problem | undefined }) {
  if (!problem) return null;
  const { message, hint } = messages.errors.said(problem);
  return (
    <div role="alert">
      <Notice title={message}>{hint ? <p>{hint}</p> : null}</Notice>
    </div>
  );
}
