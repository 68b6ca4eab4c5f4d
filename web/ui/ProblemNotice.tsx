import { Notice } from "./Notice.js";
import type { Problem } from "./useProblem.js";

/** What went wrong, and what helps, in the place where it happened. */
export function ProblemNotice({ problem }: { problem: Problem | undefined }) {
  if (!problem) return null;
  return (
    <div role="alert">
      <Notice title={problem.message}>{problem.hint ? <p>{problem.hint}</p> : null}</Notice>
    </div>
  );
}
