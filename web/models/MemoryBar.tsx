import type { ModelMemory } from "../../server/protocol/model.js";
import { formatBytes } from "../ui/formatBytes.js";
import { Icon } from "../ui/Icon.js";
import { messages } from "../ui/messages.js";
import styles from "./MemoryBar.module.css";

/** What a model in memory takes there: its weights, the KV cache and the rest, as one bar and in numbers. */
export function MemoryBar({ memory }: { memory: ModelMemory }) {
  const words = messages.picker;
  const parts = [
    ["weights", words.weights, memory.weightsBytes],
    ["kvCache", words.kvCache, memory.kvCacheBytes],
    ["rest", words.rest, memory.restBytes],
  ] as const;
  return (
    <details className={styles.memory}>
      <summary className={styles.summary}>
        <span className={styles.bar} aria-hidden="true">
          {parts.map(([part, , sizeBytes]) => (
            <span key={part} className={styles[part]} style={{ flexGrow: sizeBytes }} />
          ))}
        </span>
        {words.inMemory(formatBytes(memory.totalBytes))}
        <Icon name="chevronDown" size={14} />
      </summary>
      <dl className={styles.parts}>
        {parts.map(([part, name, sizeBytes]) => (
          <div key={part}>
            <dt>
              <span className={[styles.swatch, styles[part]].join(" ")} aria-hidden="true" />
              {name}
            </dt>
            <dd>{formatBytes(sizeBytes)}</dd>
          </div>
        ))}
      </dl>
      <p>{words.lanes(memory.sequences, messages.models.context(memory.contextTokens))}</p>
    </details>
  );
}
