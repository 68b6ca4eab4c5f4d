import type { ModelInfo } from "../../server/protocol/model.js";
import { useActions, useAppState } from "../state/AppContext.js";
import { AskFirst } from "../ui/AskFirst.js";
import { Button } from "../ui/Button.js";
import { formatBytes } from "../ui/formatBytes.js";
import { messages } from "../ui/messages.js";
import { ProblemNotice } from "../ui/ProblemNotice.js";
import { useProblem } from "../ui/useProblem.js";
import styles from "./ModelCard.module.css";
import { modelFacts } from "./modelFacts.js";
import { PinToggle } from "./PinToggle.js";
import { StateDot } from "./StateDot.js";

/** A model that one can talk to: what it is, whether it is in memory, and what can be done with it. One of another server is loaded there. */
export function InstalledRow({ model, onRemoved }: { model: ModelInfo; onRemoved: () => void }) {
  const { selectModel, newChat, loadModel, unloadModel, removeModel } = useActions();
  const installing = useAppState((state) => state.installs.byId[model.id]?.state === "running");
  const { problem, busy, attempt } = useProblem();
  const words = messages.install;
  const { id, name, status } = model;
  const elsewhere = model.engine !== undefined;
  const failure = status.state === "failed" ? status.error : undefined;
  const remove = async () => {
    if (await attempt(() => removeModel(id))) onRemoved();
  };
  return (
    <li className={styles.card}>
      <div className={styles.head}>
        <h3 className={styles.name}>{name}</h3>
        {model.demo ? <span className={styles.tag}>{messages.models.demoBadge}</span> : null}
        <span className={styles.end}>
          <StateDot status={status} words />
        </span>
      </div>
      {model.description ? <p className={styles.description}>{messages.models.described(model.description)}</p> : null}
      <p className={styles.facts}>{modelFacts(model).join(" · ")}</p>
      {status.state === "ready" && status.gpuFailure ? (
        <p className={styles.facts}>{words.gpuFailure(status.gpuFailure)}</p>
      ) : null}
      {status.state === "ready" && status.draftFailure ? (
        <p className={styles.facts}>{words.draftFailure(status.draftFailure)}</p>
      ) : null}
      <ProblemNotice problem={problem ?? failure} />
      <div className={styles.actions}>
        <Button
          look="accent"
          aria-label={words.chatName(name)}
          onClick={() => {
            newChat();
            selectModel(id);
          }}
        >
          {words.chat}
        </Button>
        {elsewhere ? null : status.state === "ready" || status.state === "loading" ? (
          <Button
            aria-label={words.unloadName(name)}
            disabled={busy}
            onClick={() => void attempt(() => unloadModel(id))}
          >
            {words.unload}
          </Button>
        ) : (
          <Button aria-label={words.loadName(name)} disabled={busy} onClick={() => void attempt(() => loadModel(id))}>
            {words.load}
          </Button>
        )}
        {elsewhere ? null : <PinToggle model={model} attempt={attempt} />}
        {model.demo || installing || elsewhere ? null : (
          <AskFirst
            text={words.remove}
            label={words.removeName(name)}
            icon="trash"
            question={words.removeAsk(name, formatBytes(model.sizeBytes))}
            yes={words.remove}
            onYes={() => void remove()}
          />
        )}
      </div>
    </li>
  );
}
