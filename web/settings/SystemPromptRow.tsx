import { useId } from "react";
import { messages } from "../ui/messages.js";
import { Row } from "./Row.js";
import styles from "./SettingsPanel.module.css";

/** As the protocol's limit, which is a value and so cannot be imported here. */
const maxLength = 20_000;

interface Props {
  own: string | undefined;
  inherited: string;
  onChange: (text: string) => void;
}

export function SystemPromptRow({ own, inherited, onChange }: Props) {
  const id = useId();
  const words = messages.settings;
  return (
    <Row
      label={words.systemPrompt}
      fieldId={id}
      help={words.systemPromptHelp}
      helpId={`${id}-help`}
      changed={own !== undefined}
      onReset={() => onChange(inherited)}
    >
      <textarea
        id={id}
        className={styles.text}
        rows={3}
        maxLength={maxLength}
        value={own ?? inherited}
        placeholder={words.systemPromptNone}
        aria-describedby={`${id}-help`}
        onChange={(event) => onChange(event.target.value)}
      />
    </Row>
  );
}
