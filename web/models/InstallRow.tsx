import type { InstallProgress } from "../../server/protocol/install.js";
import { useActions } from "../state/AppContext.js";
import { AskFirst } from "../ui/AskFirst.js";
import { Button } from "../ui/Button.js";
import { formatBytes } from "../ui/formatBytes.js";
import { messages } from "../ui/messages.js";
import { ProblemNotice } from "../ui/ProblemNotice.js";
import { useProblem } from "../ui/useProblem.js";
import { describeInstall, installDetail, installStepWords } from "./describeInstall.js";
import { LicenseLink } from "./LicenseLink.js";
import styles from "./ModelCard.module.css";

/** An install that is under way: how far it is, and what can be done about it. */
export function InstallRow({ install }: { install: InstallProgress }) {
  const { startInstall, pauseInstall, cancelInstall } = useActions();
  const { problem, busy, attempt } = useProblem();
  const words = messages.install;
  const { modelId, name, state, error, license } = install;
  const percent = Math.floor(install.progress * 100);
  const facts = describeInstall(install);
  const said = error && messages.errors.said(error);
  const detail = installDetail(install);
  const goOn = (force: boolean) => void attempt(() => startInstall({ modelId, ...(force ? { force } : {}) }));
  return (
    <li className={styles.card}>
      <div className={styles.head}>
        <h3 className={styles.name}>{name}</h3>
        <span className={styles.step}>{installStepWords(install)}</span>
        <span className={styles.percent}>{percent} %</span>
      </div>
      <div
        className={styles.track}
        role="progressbar"
        aria-label={words.progressLabel(name)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={[installStepWords(install), ...facts].join(", ")}
      >
        <span
          className={[styles.fill, state === "running" ? "" : styles.halted].join(" ")}
          style={{ inlineSize: `${install.progress * 100}%` }}
        />
      </div>
      <p className={styles.facts}>{facts.join(" · ")}</p>
      {detail ? <p className={styles.facts}>{detail}</p> : null}
      {license ? (
        <p className={styles.facts}>
          {words.license}: <LicenseLink license={license} />
        </p>
      ) : null}
      {said ? (
        <ProblemNotice
          problem={{ ...said, hint: [said.hint, install.fetchedBytes > 0 && words.kept].filter(Boolean).join(" ") }}
        />
      ) : null}
      <ProblemNotice problem={problem} />
      <div className={styles.actions}>
        {state === "running" ? (
          <Button
            icon="pause"
            aria-label={words.pauseName(name)}
            disabled={busy}
            onClick={() => void attempt(() => pauseInstall(modelId))}
          >
            {words.pause}
          </Button>
        ) : (
          <Button
            look="accent"
            icon={state === "failed" ? "refresh" : "play"}
            aria-label={state === "failed" ? words.retryName(name) : words.resumeName(name)}
            disabled={busy}
            onClick={() => goOn(false)}
          >
            {state === "failed" ? words.retry : words.resume}
          </Button>
        )}
        {error?.code === "memory_too_small" ? (
          <Button disabled={busy} onClick={() => goOn(true)}>
            {words.installAnyway}
          </Button>
        ) : null}
        <AskFirst
          text={words.cancel}
          label={words.cancelName(name)}
          icon="close"
          question={
            install.fetchedBytes > 0 ? words.cancelAsk(formatBytes(install.fetchedBytes)) : words.cancelAskNothing
          }
          yes={words.cancelYes}
          onYes={() => void attempt(() => cancelInstall(modelId))}
        />
      </div>
    </li>
  );
}
