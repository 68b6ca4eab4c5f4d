import { useId, useState } from "react";
import { stopLimits } from "../../server/protocol/samplingLimits.js";
import { Button } from "../ui/Button.js";
import { IconButton } from "../ui/IconButton.js";
import { messages } from "../ui/messages.js";
import { Row } from "./Row.js";
import styles from "./SettingsPanel.module.css";
import { showStop, unescapeStop } from "./stopText.js";

const none: readonly string[] = [];

interface Props {
  own: readonly string[] | undefined;
  inherited: readonly string[] | undefined;
  onChange: (stop: string[] | undefined) => void;
}

/** The texts that end a reply: chips, and a box for another one. */
export function StopRow({ own, inherited, onChange }: Props) {
  const id = useId();
  const words = messages.settings;
  const [text, setText] = useState("");
  const stop = own ?? inherited ?? none;
  const full = stop.length >= stopLimits.count;
  const change = (next: string[]) => onChange(next.length === 0 && !inherited?.length ? undefined : next);
  const add = () => {
    const added = unescapeStop(text);
    if (added === "" || full) return;
    if (!stop.includes(added)) change([...stop, added]);
    setText("");
  };
  return (
    <Row
      label={words.stop}
      fieldId={id}
      help={full ? words.stopFull(stopLimits.count) : words.stopHelp}
      helpId={`${id}-help`}
      changed={own !== undefined}
      onReset={() => onChange(undefined)}
    >
      {stop.length > 0 ? (
        <ul className={styles.chips}>
          {stop.map((one) => (
            <li key={one} className={styles.chip}>
              <code>{showStop(one)}</code>
              <IconButton
                icon="close"
                iconSize={12}
                className={styles.reset ?? ""}
                label={words.stopRemove(showStop(one))}
                onClick={() => {
                  change(stop.filter((other) => other !== one));
                  document.getElementById(id)?.focus();
                }}
              />
            </li>
          ))}
        </ul>
      ) : null}
      <div className={styles.pair}>
        <input
          id={id}
          className={styles.field}
          value={text}
          maxLength={stopLimits.length}
          placeholder={words.stopNew}
          autoComplete="off"
          disabled={full}
          aria-describedby={`${id}-help`}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
            event.preventDefault();
            add();
          }}
        />
        <Button disabled={text === "" || full} onClick={add}>
          {words.stopAdd}
        </Button>
      </div>
    </Row>
  );
}
