import type { PageError } from "../connection/PageError.js";
import { Notice } from "../ui/Notice.js";

/** What went wrong, and what helps, in the place where it happened. */
export function ProblemNotice({ problem }: { problem: Pick<PageError, "message" | "hint"> | undefined }) {
  if (!problem) return null;
  return (
    <div role="alert">
      <Notice title={problem.message}>{problem.hint ? <p>{problem.hint}</p> : null}</Notice>
    </div>
  );
}
