import { Button } from "./Button.js";
import { messages } from "./messages.js";
import { Notice } from "./Notice.js";
import type { Problem } from "./useProblem.js";

interface Props {
  problem: Problem | undefined;
  /** Tries once more what went wrong; left out where the button that was pressed does. */
  onRetry?: () => void;
}

/** What went wrong, and what helps, in the place where it happened. */
export function ProblemNotice({ problem, onRetry }: Props) {
  if (!problem) return null;
  const { message, hint } = messages.errors.said(problem);
  return (
    <div role="alert">
      <Notice title={message}>
        {hint ? <p>{hint}</p> : null}
        {onRetry ? <Button onClick={onRetry}>{messages.errors.tryAgain}</Button> : null}
      </Notice>
    </div>
  );
}
