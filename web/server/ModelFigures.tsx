import type { LiveModel } from "../../server/protocol/serverStatus.js";
import { formatBytes } from "../ui/formatBytes.js";
import { messages } from "../ui/messages.js";
import styles from "./ServerScreen.module.css";

interface Props {
  model: LiveModel;
  name: string;
  /** What the model that takes most is estimated to take. */
  largestBytes: number;
  /** From 0 to 1, while it is being loaded. */
  loading: number | undefined;
  /** Why it is not on the GPU, where it should be. */
  gpuFailure: string | undefined;
  /** Why it is without the small model that was to write guesses for it. */
  draftFailure: string | undefined;
}

/** What a model was estimated to take, in bytes. */
export function estimateOf({ plan }: LiveModel): number {
  return plan === undefined ? 0 : plan.weightsBytes + plan.kvCacheBytes + plan.restBytes;
}

/** What a model takes, in bytes: as measured, or else as estimated. */
export function memoryOf(model: LiveModel): number {
  return model.residentBytes ?? estimateOf(model);
}

/** A model in memory: what its memory is for, and what its lanes do. */
export function ModelFigures({ model, name, largestBytes, loading, gpuFailure, draftFailure }: Props) {
  const words = messages.server;
  const { plan, lanes, threads, residentBytes, waiting } = model;
  const parts = plan
    ? [
        { label: words.weights, bytes: plan.weightsBytes, look: styles.weights },
        { label: words.kvCache, bytes: plan.kvCacheBytes, look: styles.kvCache },
        { label: words.rest, bytes: plan.restBytes, look: styles.rest },
      ]
    : [];
  const total = estimateOf(model);
  const busy = lanes?.filter(({ generation }) => generation !== undefined).length ?? 0;
  return (
    <li className={styles.model}>
      <h3 className={styles.modelName}>{name}</h3>
      {loading !== undefined ? (
        <p className={styles.quiet}>{messages.models.state.loading(loading)}</p>
      ) : lanes === undefined ? (
        <p className={styles.quiet}>{words.noAnswer}</p>
      ) : (
        <p className={styles.quiet}>
          {words.lanes(busy, lanes.length)} · {words.threads(threads ?? 0)} · {words.waiting(waiting ?? 0)}
        </p>
      )}
      {gpuFailure === undefined ? null : <p className={styles.quiet}>{messages.install.gpuFailure(gpuFailure)}</p>}
      {draftFailure === undefined ? null : (
        <p className={styles.quiet}>{messages.install.draftFailure(draftFailure)}</p>
      )}
      {parts.length > 0 ? (
        <>
          <div
            className={styles.bar}
            style={{ inlineSize: `${(100 * total) / Math.max(total, largestBytes)}%` }}
            aria-hidden="true"
          >
            {parts.map(({ label, bytes, look }) => (
              <span key={label} className={look} style={{ flexGrow: bytes }} />
            ))}
          </div>
          <dl className={styles.legend}>
            {parts.map(({ label, bytes, look }) => (
              <div key={label}>
                <dt>
                  <span className={[styles.dot, look].join(" ")} aria-hidden="true" />
                  {label}
                </dt>
                <dd>{formatBytes(bytes)}</dd>
              </div>
            ))}
          </dl>
          <p className={styles.quiet}>
            {words.estimated(formatBytes(total))}
            {residentBytes === undefined ? "" : ` · ${words.measured(formatBytes(residentBytes))}`}
          </p>
        </>
      ) : null}
    </li>
  );
}
