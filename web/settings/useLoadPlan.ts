import { useCallback, useEffect, useState } from "react";
import type { LoadPlan, LoadSettings } from "../../server/protocol/loadSettings.js";
import type { ModelInfo } from "../../server/protocol/model.js";
import type { PageError } from "../connection/PageError.js";
import { useActions, useAppState } from "../state/AppContext.js";

/** A cost is asked for this long after the last change. */
const planDelayMs = 200;

interface Asked {
  asked: LoadSettings | undefined;
}

/**
 * What a model takes in memory with the settings `own`, or with those that are chosen for it. `plan` is the last one that came;
 * `isCurrent` says that it is of these very settings. `problem` is why it could not be had for them.
 */
export function useLoadPlan({ id, status, memory }: ModelInfo, own: LoadSettings | undefined) {
  const { planModel } = useActions();
  const connected = useAppState((state) => state.connection.status === "connected");
  const [answer, setAnswer] = useState<Asked & { plan: LoadPlan }>();
  const [failure, setFailure] = useState<Asked & { error: PageError }>();
  const [tries, setTries] = useState(0);

  // Again when the model came into memory, left it, or was loaded with other settings, here or in another window.
  const memoryKey = `${status.state} ${memory?.totalBytes}`;
  // Models come and go, and any of them may be one that could write guesses for this one.
  const modelIds = useAppState(({ models }) => models.list?.map((model) => model.id).join(" "));
  // biome-ignore lint/correctness/useExhaustiveDependencies: another state of the model is another plan, and so may another try be.
  useEffect(() => {
    // As soon as there is a line again it is asked for.
    if (!connected) return;
    let current = true;
    const timer = setTimeout(
      async () => {
        const result = await planModel(id, own);
        if (!current) return;
        if (result.ok) setAnswer({ plan: result.data.plan, asked: own });
        setFailure(result.ok ? undefined : { error: result.error, asked: own });
      },
      own === undefined ? 0 : planDelayMs,
    );
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [id, memoryKey, modelIds, own, connected, planModel, tries]);

  // What was asked before the last change says nothing of this one.
  const problem = failure?.asked === own ? failure?.error : undefined;
  return {
    plan: answer?.plan,
    isCurrent: answer !== undefined && answer.asked === own && problem === undefined,
    problem,
    /** Asks once more after a problem. */
    retry: useCallback(() => {
      setFailure(undefined);
      setTries((before) => before + 1);
    }, []),
    /** Takes a plan of the settings that are chosen, which came with another answer. */
    setPlan: useCallback((plan: LoadPlan) => {
      setAnswer({ plan, asked: undefined });
      setFailure(undefined);
    }, []),
  };
}
