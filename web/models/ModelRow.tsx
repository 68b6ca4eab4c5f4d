import type { ModelInfo } from "../../server/protocol/model.js";

import { Icon } from "../ui/Icon.js";
import { messages } from "../ui/messages.js";
import styles from "./ModelPicker.module.css";
import { modelFacts } from "./modelFacts.js";
import { StateDot } from "./StateDot.js";

interface Props {
  model: ModelInfo;
  selected: boolean;
  onChoose: (modelId: string) => void;
}

/** One model of the list: its name, what it is, how big, and its state. */
export function ModelRow({ model, selected, onChoose }: Props) {
  const words = messages.models;
  return (
    <div
      role="option"
      aria-selected={selected}
      tabIndex={-1}
      className={styles.row}
      onClick={() => onChoose(model.id)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        onChoose(model.id);
      }}
    >
      <span className={styles.rowHead}>
        <span className={styles.rowName}>{model.name}</span>
        {model.demo ? <span className={styles.badge}>{words.demoBadge}</span> : null}
        <span className={styles.check}>{selected ? <Icon name="check" size={16} /> : null}</span>
      </span>
      <span className={styles.facts}>{modelFacts(model).join(" · ")}</span>
      <span className={styles.facts}>
        <StateDot status={model.status} words />
      </span>
      {model.status.state === "failed" ? <span className={styles.facts}>{model.status.error.message}</span> : null}
    </div>
  );
}
