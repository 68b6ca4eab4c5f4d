import type { ModelInfo } from "../../server/protocol/model.js";
import { useActions } from "../state/AppContext.js";
import { Button } from "../ui/Button.js";
import { Icon } from "../ui/Icon.js";
import { messages } from "../ui/messages.js";
import { ProblemNotice } from "../ui/ProblemNotice.js";
import { useProblem } from "../ui/useProblem.js";
import { MemoryBar } from "./MemoryBar.js";
import styles from "./ModelPicker.module.css";
import { modelFacts } from "./modelFacts.js";
import { PickerRow } from "./PickerRow.js";
import { StateDot } from "./StateDot.js";

interface Props {
  model: ModelInfo;
  selected: boolean;
  onChoose: (modelId: string) => void;
}

/** One installed model of the list: its name, what it is, how big, its state, and a way into memory or out of it. */
export function ModelRow({ model, selected, onChoose }: Props) {
  const { loadModel, unloadModel } = useActions();
  const { problem, busy, attempt } = useProblem();
  const { id, name, status, memory, engine } = model;
  const words = messages.install;
  const isIn = status.state === "ready" || status.state === "loading";
  return (
    <PickerRow
      name={name}
      current={selected}
      badge={
        <>
          {model.demo ? <span className={styles.badge}>{messages.models.demoBadge}</span> : null}
          <span className={styles.check}>{selected ? <Icon name="check" size={16} /> : null}</span>
        </>
      }
      facts={modelFacts(model)}
      onChoose={() => onChoose(id)}
      action={
        // What another server holds is not ours to load.
        engine === undefined ? (
          <Button
            className={styles.action ?? ""}
            aria-label={isIn ? words.unloadName(name) : words.loadName(name)}
            disabled={busy && !isIn}
            onClick={() => void attempt(() => (isIn ? unloadModel(id) : loadModel(id)))}
          >
            {isIn ? words.unload : words.load}
          </Button>
        ) : null
      }
      below={
        <>
          {memory ? <MemoryBar memory={memory} /> : null}
          <ProblemNotice problem={problem} />
        </>
      }
    >
      <span className={styles.facts}>
        <StateDot status={status} words />
        {model.pinned ? ` · ${words.pinned}` : null}
      </span>
      {status.state === "ready" && status.gpuFailure ? (
        <span className={styles.facts}>{words.gpuFailure(status.gpuFailure)}</span>
      ) : null}
      {status.state === "ready" && status.draftFailure ? (
        <span className={styles.facts}>{words.draftFailure(status.draftFailure)}</span>
      ) : null}
      {status.state === "failed" ? (
        <span className={styles.facts}>{messages.errors.said(status.error).message}</span>
      ) : null}
    </PickerRow>
  );
}
