import { useEffect, useId, useRef, useState } from "react";
import type { LoadPlan, LoadSettings } from "../../server/protocol/loadSettings.js";
import type { ModelInfo } from "../../server/protocol/model.js";
import { useActions } from "../state/AppContext.js";
import { Button } from "../ui/Button.js";
import { messages } from "../ui/messages.js";
import { ProblemNotice } from "../ui/ProblemNotice.js";
import { useProblem } from "../ui/useProblem.js";
import { costOfLoading } from "./costOfLoading.js";
import { NumberField } from "./NumberField.js";
import { Row } from "./Row.js";
import styles from "./SettingsPanel.module.css";

interface Props {
  model: ModelInfo;
  /** It is what the reader came for. */
  wanted: boolean;
}

/** Contexts come in steps of this. Source: llama.cpp, llama_context, GGML_PAD(n_ctx, 256). */
const contextStepTokens = 256;
/** A cost is asked for this long after the last change. */
const planDelayMs = 200;
const cacheTypes = ["f16", "q8_0", "q4_0"] as const;

/** How the model is held in memory: what is changed here loads it again, says what that costs, and waits for a press. */
export function ModelLoading({ model, wanted }: Props) {
  const { planModel, configureModel } = useActions();
  const { problem, busy, attempt } = useProblem();
  const [answer, setAnswer] = useState<{ plan: LoadPlan; asked: LoadSettings | undefined }>();
  const plan = answer?.plan;
  const [own, setOwn] = useState<LoadSettings>();
  const cacheId = useId();
  const summary = useRef<HTMLElement>(null);
  const words = messages.loading;
  const { status, memory } = model;
  const isIn = status.state === "ready" || status.state === "loading";
  const chosen = own ?? plan?.settings ?? {};
  const isChanged = own !== undefined && plan !== undefined && !isSame(own, plan.settings);

  // Again when the model came into memory, left it, or was loaded with other settings, here or in another window.
  const memoryKey = `${status.state} ${memory?.totalBytes}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another state of the model is another plan.
  useEffect(() => {
    let current = true;
    const timer = setTimeout(
      async () => {
        const result = await planModel(model.id, own);
        if (current && result.ok) setAnswer({ plan: result.data.plan, asked: own });
      },
      own === undefined ? 0 : planDelayMs,
    );
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [model.id, memoryKey, own, planModel]);

  const isAsked = plan !== undefined;
  useEffect(() => {
    if (wanted && isAsked) summary.current?.focus();
  }, [wanted, isAsked]);

  if (plan === undefined) return <p className={styles.help}>{words.asking}</p>;
  const { usual, limits } = plan;
  const set = (change: LoadSettings) => setOwn(withoutUsual({ ...chosen, ...change }, usual));
  // What was asked before the last change says nothing of this one.
  const cost = answer?.asked === own ? costOfLoading(plan, chosen) : undefined;
  const apply = () =>
    attempt(async () => {
      const result = await configureModel(model.id, chosen);
      if (!result.ok) return result.error;
      setAnswer({ plan: result.data.plan, asked: undefined });
      setOwn(undefined);
      return undefined;
    });
  return (
    <details className={styles.advanced} open={wanted}>
      <summary ref={summary} className={styles.summary}>
        {words.title}
      </summary>
      <div className={styles.rows}>
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
            onChange={({ target }) => set({ kvCacheType: cacheTypes.find((type) => type === target.value) })}
          >
            {cacheTypes.map((type) => (
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
        <p className={cost?.fits === false ? styles.problem : styles.help} role="status">
          {cost === undefined ? words.asking : `${isChanged && isIn ? `${words.reloads} ` : ""}${cost.text}`}
        </p>
        <ProblemNotice problem={problem} />
        {isChanged || busy ? (
          <div className={styles.pair}>
            <Button look="accent" disabled={busy || cost?.fits === false} onClick={() => void apply()}>
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
      </div>
    </details>
  );
}

function isSame(a: LoadSettings, b: LoadSettings): boolean {
  return (["contextTokens", "kvCacheType", "threads", "gpuLayers"] as const).every((key) => a[key] === b[key]);
}

/** What equals the usual is not chosen. */
function withoutUsual(settings: LoadSettings, usual: LoadPlan["usual"]): LoadSettings {
  const { contextTokens, kvCacheType, threads, gpuLayers } = settings;
  return {
    ...(contextTokens === undefined || contextTokens === usual.contextTokens ? {} : { contextTokens }),
    ...(kvCacheType === undefined || kvCacheType === usual.kvCacheType ? {} : { kvCacheType }),
    ...(threads === undefined || threads === usual.threads ? {} : { threads }),
    ...(gpuLayers === undefined ? {} : { gpuLayers }),
  };
}
