import { useAppState } from "../state/AppContext.js";
import { formatBytes } from "../ui/formatBytes.js";
import { messages } from "../ui/messages.js";
import { Notice } from "../ui/Notice.js";
import type { Sample } from "./collectSamples.js";
import { LiveReplies } from "./LiveReplies.js";
import { estimateOf, ModelFigures, memoryOf } from "./ModelFigures.js";
import { Plot } from "./Plot.js";
import styles from "./ServerScreen.module.css";
import { useServerStatus } from "./useServerStatus.js";

/** What the server does at this moment, in figures. */
export default function ServerScreen() {
  const { list, last, reachable } = useServerStatus();
  const installed = useAppState((state) => state.models.list);
  const words = messages.server;
  const nameOf = (modelId: string) => installed?.find(({ id }) => id === modelId)?.name ?? modelId;
  const plot = (title: string, of: (sample: Sample) => number | undefined, format: (value: number) => string) => (
    <Plot title={title} values={list.map(of)} format={format} nothing={words.nothing} highest={words.highest} />
  );
  const largestBytes = Math.max(0, ...(last?.models.map(estimateOf) ?? []));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section className={styles.screen} aria-label={words.title} tabIndex={0}>
      <div className={styles.column}>
        <h1 className={styles.title}>{words.title}</h1>
        <p className={styles.quiet}>{words.lead}</p>
        {reachable ? null : (
          <div className={styles.notice}>
            <Notice title={words.unreachable} look="quiet" />
          </div>
        )}
        <section aria-label={words.speed}>
          <h2 className={styles.heading}>{words.speed}</h2>
          <div className={styles.plots}>
            {plot(words.ttft, (sample) => sample.ttftMs, words.ms)}
            {plot(words.gap, (sample) => sample.gapMs, words.ms)}
            {plot(words.tokens, (sample) => sample.tokensPerSecond, words.perSecond)}
            {plot(words.queue, (sample) => sample.waiting, words.count)}
            {plot(words.cached, (sample) => sample.cachedShare, words.share)}
            {plot(words.loopDelay, (sample) => sample.loopDelayMs, words.ms)}
          </div>
        </section>
        {last === undefined ? null : (
          <section aria-label={words.replies}>
            <h2 className={styles.heading}>{words.replies}</h2>
            <LiveReplies replies={last.generations} nameOf={nameOf} />
          </section>
        )}
        <section aria-label={words.models}>
          <h2 className={styles.heading}>{words.models}</h2>
          {last?.models.length === 0 ? <p className={styles.quiet}>{words.noModels}</p> : null}
          {last !== undefined && last.models.length > 1 ? (
            <p className={[styles.quiet, styles.sum].join(" ")}>
              {words.inAll(
                last.models.length,
                formatBytes(last.models.reduce((sum, model) => sum + memoryOf(model), 0)),
              )}
            </p>
          ) : null}
          <ul className={styles.models}>
            {last?.models.map((model) => {
              const known = installed?.find(({ id }) => id === model.modelId);
              return (
                <ModelFigures
                  key={model.modelId}
                  model={model}
                  name={nameOf(model.modelId)}
                  largestBytes={largestBytes}
                  loading={known?.status.state === "loading" ? known.status.progress : undefined}
                  gpuFailure={known?.status.state === "ready" ? known.status.gpuFailure : undefined}
                  draftFailure={known?.status.state === "ready" ? known.status.draftFailure : undefined}
                />
              );
            })}
          </ul>
        </section>
        {last === undefined ? null : (
          <section aria-label={words.process}>
            <h2 className={styles.heading}>{words.process}</h2>
            <dl className={styles.facts}>
              <div>
                <dt>{words.uptime}</dt>
                <dd>{words.duration(last.uptimeMs)}</dd>
              </div>
              <div>
                <dt>{words.memory}</dt>
                <dd>{formatBytes(last.server.residentBytes)}</dd>
              </div>
              <div>
                <dt>{words.connections}</dt>
                <dd>{words.count(last.sockets)}</dd>
              </div>
              <div>
                <dt>{words.written}</dt>
                <dd>{words.count(last.totals.generatedTokens)}</dd>
              </div>
              <div>
                <dt>{words.starts}</dt>
                <dd>{words.count(last.totals.workerStarts)}</dd>
              </div>
              <div>
                <dt>{words.deaths}</dt>
                <dd>{words.count(last.totals.workerDeaths)}</dd>
              </div>
            </dl>
          </section>
        )}
      </div>
    </section>
  );
}
