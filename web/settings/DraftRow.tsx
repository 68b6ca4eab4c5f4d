import { useId } from "react";
import type { LoadPlan, LoadSettings } from "../../server/protocol/loadSettings.js";
import { useAppState } from "../state/AppContext.js";
import { formatBytes } from "../ui/formatBytes.js";
import { messages } from "../ui/messages.js";
import { Row } from "./Row.js";
import styles from "./SettingsPanel.module.css";

interface Props {
  plan: LoadPlan;
  /** What is chosen here: null is none, undefined what was measured. */
  chosen: LoadSettings["draft"];
  disabled: boolean;
  onChange: (draft: LoadSettings["draft"]) => void;
}

/** No model's id has a colon. */
const automatic = ":automatic";
const none = ":none";

/** Which smaller model writes guesses for this one, what that is good for, and what it takes. */
export function DraftRow({ plan, chosen, disabled, onChange }: Props) {
  const list = useAppState((state) => state.models.list);
  const id = useId();
  const words = messages.loading;
  const { drafts, usual } = plan;
  const nameOf = (modelId: string) => list?.find((model) => model.id === modelId)?.name ?? modelId;
  const held = chosen === undefined ? usual.draft : chosen;
  const cost = drafts.find(({ modelId }) => modelId === held)?.totalBytes;
  const isUnfit = typeof chosen === "string" && cost === undefined;
  const hasChoice = drafts.length > 0 || chosen !== undefined || usual.draft !== undefined;
  const sentences = [
    words.draft[1],
    ...(hasChoice ? [words.draftMeasured] : [words.draftsMissing]),
    ...(cost === undefined ? [] : [words.draftTakes(formatBytes(cost))]),
  ];
  return (
    <Row
      label={words.draft[0]}
      fieldId={id}
      help={sentences.join(" ")}
      helpId={`${id}-help`}
      changed={chosen !== undefined}
      onReset={() => onChange(undefined)}
    >
      <select
        id={id}
        className={styles.field}
        aria-describedby={`${id}-help`}
        value={chosen === undefined ? automatic : (chosen ?? none)}
        disabled={disabled || !hasChoice}
        onChange={({ target: { value } }) => onChange(value === automatic ? undefined : value === none ? null : value)}
      >
        <option value={automatic}>
          {words.draftAutomatic(usual.draft === undefined ? undefined : nameOf(usual.draft))}
        </option>
        <option value={none}>{words.draftNone}</option>
        {drafts.map(({ modelId, totalBytes }) => (
          <option key={modelId} value={modelId}>
            {`${nameOf(modelId)} (${formatBytes(totalBytes)})`}
          </option>
        ))}
        {isUnfit ? <option value={chosen}>{words.draftUnfit(nameOf(chosen))}</option> : null}
      </select>
    </Row>
  );
}
