import { useEffect, useId, useRef, useState } from "react";
import type { InstallableModel } from "../../server/protocol/install.js";
import { useActions, useAppState } from "../state/AppContext.js";
import { Button } from "../ui/Button.js";
import { formatBytes } from "../ui/formatBytes.js";
import { formatCompact } from "../ui/formatCompact.js";
import { messages } from "../ui/messages.js";
import { ProblemNotice } from "../ui/ProblemNotice.js";
import { useProblem } from "../ui/useProblem.js";
import { FitBadge } from "./FitBadge.js";
import { fitReason } from "./fitReason.js";
import { LicenseLink } from "./LicenseLink.js";
import styles from "./ModelCard.module.css";
import { recommendedVariant } from "./recommendedVariant.js";

/** A model of the catalog. `Install` opens what it takes: licence, quantization, and every size in numbers. */
export function InstallableRow({ model }: { model: InstallableModel }) {
  const wanted = useAppState((state) => state.installs.wantedId === model.modelId);
  const [open, setOpen] = useState(wanted);
  const row = useRef<HTMLLIElement>(null);
  const words = messages.install;
  const best = recommendedVariant(model);
  useEffect(() => {
    if (!wanted) return;
    setOpen(true);
    row.current?.scrollIntoView({ block: "center" });
    row.current?.querySelector<HTMLElement>("button")?.focus({ preventScroll: true });
  }, [wanted]);
  if (!best) return null;
  return (
    <li ref={row} className={styles.card}>
      <div className={styles.head}>
        <h3 className={styles.name}>{model.name}</h3>
        <FitBadge fit={best.fit} />
        <span className={styles.end}>
          <Button
            icon={open ? "close" : "download"}
            aria-expanded={open}
            aria-label={open ? undefined : words.installName(model.name)}
            onClick={() => setOpen(!open)}
          >
            {open ? words.close : words.install}
          </Button>
        </span>
      </div>
      <p className={styles.description}>{messages.models.described(model.description)}</p>
      <p className={styles.facts}>
        {[
          messages.models.kind[model.kind],
          messages.models.parameters(formatCompact(model.parameterCount)),
          `${best.quantization} ${formatBytes(best.sizeBytes)}`,
          messages.models.context(model.contextTokens),
        ]
          .map((fact) => fact.replaceAll(" ", "\u00a0"))
          .join(" · ")}
      </p>
      {open ? (
        <InstallChoice model={model} onStarted={() => setOpen(false)} />
      ) : (
        <p className={styles.facts}>{fitReason(best.fit)}</p>
      )}
    </li>
  );
}

/** Which quantization, under which licence, and what it takes. */
function InstallChoice({ model, onStarted }: { model: InstallableModel; onStarted: () => void }) {
  const { startInstall } = useActions();
  const { problem, busy, attempt } = useProblem();
  const [quantization, setQuantization] = useState(recommendedVariant(model)?.quantization);
  const selectId = useId();
  const words = messages.install;
  const variant = model.variants.find((one) => one.quantization === quantization);
  if (!variant) return null;
  const tooBig = variant.fit.fit === "tooBig";
  const start = async () => {
    const request = { modelId: model.modelId, quantization: variant.quantization, ...(tooBig ? { force: true } : {}) };
    if (await attempt(() => startInstall(request))) onStarted();
  };
  return (
    <div className={styles.choice}>
      <label className={styles.label} htmlFor={selectId}>
        {words.quantization}
      </label>
      <select
        id={selectId}
        className={styles.select}
        value={variant.quantization}
        onChange={(event) =>
          setQuantization(model.variants.find((one) => one.quantization === event.target.value)?.quantization)
        }
      >
        {model.variants.map((one) => (
          <option key={one.quantization} value={one.quantization}>
            {words.variant(one.quantization, formatBytes(one.sizeBytes), words.fit[one.fit.fit])}
          </option>
        ))}
      </select>
      <dl className={styles.numbers}>
        {(
          [
            [words.download, variant.downloadBytes],
            [words.size, variant.sizeBytes],
            [words.disk, variant.peakDiskBytes],
            [words.memory, variant.ramBytes],
          ] as const
        ).map(([name, bytes]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{formatBytes(bytes)}</dd>
          </div>
        ))}
      </dl>
      <p className={styles.fit}>
        <FitBadge fit={variant.fit} /> {fitReason(variant.fit)}
      </p>
      {tooBig ? <p className={styles.warning}>{words.tooBigWarning}</p> : null}
      <p className={styles.license}>
        {words.license}: <LicenseLink license={model.license} />. {words.licenseAgree}
      </p>
      <ProblemNotice problem={problem} />
      <div className={styles.actions}>
        <Button look="accent" icon="download" disabled={busy} onClick={() => void start()}>
          {tooBig ? words.installAnyway : words.installIt}
        </Button>
      </div>
    </div>
  );
}
