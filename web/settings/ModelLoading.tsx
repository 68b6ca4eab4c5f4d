import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import type { LoadPlan, LoadSettings } from "../../server/protocol/loadSettings.js";
import type { ModelInfo } from "../../server/protocol/model.js";
import { useActions } from "../state/AppContext.js";
import { Button } from "../ui/Button.js";
import { messages } from "../ui/messages.js";
import { ProblemNotice } from "../ui/ProblemNotice.js";
import { useProblem } from "../ui/useProblem.js";
import { costOfLoading } from "./costOfLoading.js";
import { DraftRow } from "./DraftRow.js";
import { NumberField } from "./NumberField.js";
import { Row } from "./Row.js";
import styles from "./SettingsPanel.module.css";
import { useLoadPlan } from "./useLoadPlan.js";

interface Props {
  model: ModelInfo;
  /** It is what the reader came for: it opens and takes the focus, once. */
  wanted: boolean;
}

/** Contexts come in steps of this. Source: llama.cpp, llama_context, GGML_PAD(n_ctx, 256). */
const contextStepTokens = 256;

/** How the model is held in memory: what is changed here loads it again, says what that costs, and waits for a press. */
export function ModelLoading({ model, wanted }: Props) {
  const { configureModel, showSettings } = useActions();
  const { problem, busy, attempt } = useProblem();
  const [own, setOwn] = useState<LoadSettings>();
  const { plan, isCurrent, problem: planProblem, retry, setPlan } = useLoadPlan(model, own);
  const [isOpen, setIsOpen] = useState(false);
  const cacheId = useId();
  const summary = useRef<HTMLElement>(null);
  const words = messages.loading;
  const { status } = model;
  const isIn = status.state === "ready" || status.state === "loading";
  const chosen = own ?? plan?.settings ?? {};
  const isChanged = own !== undefined && plan !== undefined && !isSame(own, plan.settings);

  useEffect(() => {
    if (!wanted) return;
    setIsOpen(true);
    summary.current?.focus();
    // A wish is fulfilled once: another model's turn would take the focus from where the reader writes.
    showSettings("parameters");
  }, [wanted, showSettings]);

  const askAgain = () => {
    // The button goes with the problem.
    summary.current?.focus();
    retry();
  };
  const section = (rows: ReactNode) => (
    <details className={styles.advanced} open={isOpen} onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
      <summary ref={summary} className={styles.summary}>
        {words.title}
      </summary>
      <div className={styles.rows}>{rows}</div>
    </details>
  );
  if (plan === undefined)
    return section(
      planProblem ? (
        <ProblemNotice problem={planProblem} onRetry={askAgain} />
      ) : (
        <p className={styles.help}>{words.asking}</p>
      ),
    );
  const { usual, limits } = plan;
  const set = (change: LoadSettings) => setOwn(withoutUsual({ ...chosen, ...change }, usual));
  const cost = isCurrent ? costOfLoading(plan, chosen) : undefined;
  const apply = () =>
    attempt(async () => {
      const result = await configureModel(model.id, chosen);
      if (!result.ok) return result.error;
      setPlan(result.data.plan);
      setOwn(undefined);
      return undefined;
    });
  return section(
    <>
      <p className={styles.help}>{words.help(model.name)}</p>
      <NumberField
        label={words.context[0]}
        help={words.context[1](messages.stats.number(limits.contextTokens))}
        limits={{ min: Math.min(contextStepTokens, limits.contextTokens), max: limits.contextTokens, whole: true }}
        slider={{
          sliderMin: Math.min(contextStepTokens, limits.contextTokens),
          sliderMax: limits.contextTokens,
          step: contextStepTokens,
        }}
        own={chosen.contextTokens}
        inherited={usual.contextTokens}
        disabled={busy}
        onChange={(contextTokens) => set({ contextTokens })}
      />
      <Row
        label={words.kvCache[0]}
        fieldId={cacheId}
        help={words.kvCache[1]}
        helpId={`${cacheId}-help`}
        changed={chosen.kvCacheType !== undefined}
        onReset={() => set({ kvCacheType: undefined })}
      >
        <select
          id={cacheId}
          className={styles.field}
          aria-describedby={`${cacheId}-help`}
          value={chosen.kvCacheType ?? usual.kvCacheType}
          disabled={busy}
          onChange={({ target }) => set({ kvCacheType: limits.kvCacheTypes.find((type) => type === target.value) })}
        >
          {limits.kvCacheTypes.map((type) => (
            <option key={type} value={type}>
              {words.kvCacheTypes[type]}
            </option>
          ))}
        </select>
      </Row>
      <NumberField
        label={words.threads[0]}
        help={words.threads[1]}
        limits={{ min: 1, max: limits.threads, whole: true }}
        slider={{ sliderMin: 1, sliderMax: limits.threads, step: 1 }}
        own={chosen.threads}
        inherited={usual.threads}
        disabled={busy || limits.threads === 1}
        onChange={(threads) => set({ threads })}
      />
      {limits.gpuLayers === undefined ? null : (
        <NumberField
          label={words.gpuLayers[0]}
          help={words.gpuLayers[1]}
          limits={{ min: 0, max: limits.gpuLayers, whole: true }}
          slider={{ sliderMin: 0, sliderMax: limits.gpuLayers, step: 1 }}
          own={chosen.gpuLayers}
          inherited={limits.gpuLayers}
          disabled={busy}
          onChange={(gpuLayers) => set({ gpuLayers })}
        />
      )}
      <DraftRow plan={plan} chosen={chosen.draft} disabled={busy} onChange={(draft) => set({ draft })} />
      <p className={cost?.fits === false ? styles.problem : styles.help} role="status">
        {cost === undefined
          ? planProblem
            ? ""
            : words.asking
          : `${isChanged && isIn ? `${words.reloads} ` : ""}${cost.text}`}
      </p>
      {cost?.fits === true && plan.draftFailure !== undefined ? (
        <p className={styles.problem}>{messages.install.draftFailure(plan.draftFailure)}</p>
      ) : null}
      <ProblemNotice problem={problem ?? planProblem} {...(problem === undefined ? { onRetry: askAgain } : {})} />
      {isChanged || busy ? (
        <div className={styles.pair}>
          <Button look="accent" disabled={busy || !cost?.fits} onClick={() => void apply()}>
            {status.state === "loading" && busy
              ? messages.models.state.loading(status.progress)
              : isIn || busy
                ? words.reload
                : words.keep}
          </Button>
          <Button disabled={busy} onClick={() => setOwn(undefined)}>
            {words.cancel}
          </Button>
        </div>
      ) : null}
    </>,
  );
}

function isSame(a: LoadSettings, b: LoadSettings): boolean {
  return (["contextTokens", "kvCacheType", "threads", "gpuLayers", "draft"] as const).every((key) => a[key] === b[key]);
}

/** What equals the usual is not chosen. */
function withoutUsual(settings: LoadSettings, usual: LoadPlan["usual"]): LoadSettings {
  const { contextTokens, kvCacheType, threads, gpuLayers, draft } = settings;
  return {
    ...(contextTokens === undefined || contextTokens === usual.contextTokens ? {} : { contextTokens }),
    ...(kvCacheType === undefined || kvCacheType === usual.kvCacheType ? {} : { kvCacheType }),
    ...(threads === undefined || threads === usual.threads ? {} : { threads }),
    ...(gpuLayers === undefined ? {} : { gpuLayers }),
    // Somebody who names the very model that was measured wants it whatever is measured next.
    ...(draft === undefined ? {} : { draft }),
  };
}
