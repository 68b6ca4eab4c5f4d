import { useShallow } from "zustand/react/shallow";
import { useAppState } from "../state/AppContext.js";
import { messages } from "../ui/messages.js";
import { Popover } from "../ui/Popover.js";
import styles from "./ContextGauge.module.css";
import { contextUse } from "./contextUse.js";

const radius = 8;
const circumference = 2 * Math.PI * radius;

/** A ring that fills with the context; a press tells what it holds. */
export function ContextGauge() {
  const use = useAppState(useShallow(contextUse));
  const words = messages.gauge;
  if (!use) return null;
  const { usedTokens, systemTokens, historyTokens, summaryTokens, draftTokens, notSentTokens, totalTokens } = use;
  const fraction = totalTokens > 0 ? Math.min(1, usedTokens / totalTokens) : 0;
  const level = fraction < 0.7 ? "low" : fraction < 0.9 ? "high" : "full";
  const replyTokens = Math.max(0, totalTokens - usedTokens);
  const label =
    notSentTokens > 0
      ? `${words.label(usedTokens, totalTokens)}. ${words.notSentLabel(notSentTokens)}`
      : words.label(usedTokens, totalTokens);
  return (
    <Popover
      align="end"
      button={(attributes) => (
        <button
          type="button"
          className={[styles.gauge, styles[level]].join(" ")}
          aria-label={label}
          title={label}
          {...attributes}
        >
          <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true" focusable="false">
            <circle cx="11" cy="11" r={radius} className={styles.track} />
            <circle
              cx="11"
              cy="11"
              r={radius}
              className={styles.arc}
              strokeDasharray={`${fraction * circumference} ${circumference}`}
              transform="rotate(-90 11 11)"
            />
          </svg>
        </button>
      )}
    >
      {() => (
        <div className={styles.panel}>
          <p className={styles.title}>{words.title}</p>
          <p className={styles.figure}>{words.ofTotal(usedTokens, totalTokens)}</p>
          <div className={styles.bar} aria-hidden="true">
            <span className={styles.system} style={{ flexGrow: systemTokens }} />
            <span className={styles.summary} style={{ flexGrow: summaryTokens }} />
            <span className={styles.history} style={{ flexGrow: historyTokens }} />
            <span className={styles.draft} style={{ flexGrow: draftTokens }} />
            <span style={{ flexGrow: replyTokens }} />
          </div>
          <dl className={styles.rows}>
            {systemTokens > 0 ? <Row swatch="system" name={words.system} value={words.tokens(systemTokens)} /> : null}
            {summaryTokens > 0 ? (
              <Row swatch="summary" name={words.summary} value={words.tokens(summaryTokens)} />
            ) : null}
            <Row swatch="history" name={words.history} value={words.tokens(historyTokens)} />
            <Row swatch="draft" name={words.draft} value={words.tokens(draftTokens)} />
            <Row swatch="room" name={words.reply} value={words.tokens(replyTokens)} />
          </dl>
          {notSentTokens > 0 ? (
            <dl className={[styles.rows, styles.notSent].join(" ")}>
              <Row swatch="outside" name={words.notSent} value={words.tokens(notSentTokens)} />
            </dl>
          ) : null}
          <p className={styles.explanation}>{words.explanation}</p>
        </div>
      )}
    </Popover>
  );
}

function Row({ swatch, name, value }: { swatch: string; name: string; value: string }) {
  return (
    <div>
      <dt>
        <span className={[styles.swatch, styles[swatch]].join(" ")} aria-hidden="true" />
        {name}
      </dt>
      <dd>{value}</dd>
    </div>
  );
}
