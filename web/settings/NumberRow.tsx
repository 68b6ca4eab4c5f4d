import { useId, useState } from "react";
import { messages } from "../ui/messages.js";
import { type NumberRowShape, readNumber, sliderFraction } from "./numberRows.js";
import { Row } from "./Row.js";
import styles from "./SettingsPanel.module.css";

interface Props {
  shape: NumberRowShape;
  /** The scope's own value. */
  own: number | undefined;
  /** What counts without one. */
  inherited: number;
  onChange: (value: number | undefined) => void;
}

/** A number, by slider and by box; a mark shows where the default is. */
export function NumberRow({ shape, own, inherited, onChange }: Props) {
  const id = useId();
  const words = messages.settings;
  const [label, help] = words.rows[shape.key];
  const value = own ?? inherited;
  // What is being typed, as long as it is in the box: "0." must not become "0" under one's fingers.
  const [typed, setTyped] = useState<string | undefined>();
  const read = typed === undefined ? undefined : readNumber(shape, typed);
  const problem = read && "problem" in read ? read.problem : undefined;
  const type = (text: string) => {
    setTyped(text);
    const next = readNumber(shape, text);
    if ("value" in next) onChange(next.value);
  };
  return (
    <Row
      label={label}
      fieldId={id}
      help={help}
      helpId={`${id}-help`}
      changed={own !== undefined}
      onReset={() => {
        setTyped(undefined);
        onChange(undefined);
      }}
      beside={
        <input
          id={id}
          className={styles.number}
          type="number"
          inputMode={shape.sliderMin < 0 ? "text" : "decimal"}
          step={shape.step}
          value={typed ?? value}
          aria-describedby={`${id}-help`}
          aria-invalid={problem !== undefined}
          {...(problem === undefined ? {} : { "aria-errormessage": `${id}-problem` })}
          onChange={(event) => type(event.target.value)}
          onBlur={() => setTyped(undefined)}
        />
      }
    >
      <div className={styles.slider}>
        <span
          className={styles.default}
          title={words.defaultIs(messages.stats.number(inherited))}
          style={{ insetInlineStart: `calc(8px + (100% - 16px) * ${sliderFraction(shape, inherited)})` }}
        />
        <input
          type="range"
          min={shape.sliderMin}
          max={shape.sliderMax}
          step={shape.step}
          value={value}
          aria-label={words.sliderOf(label)}
          aria-valuetext={messages.stats.number(value)}
          onChange={(event) => {
            setTyped(undefined);
            onChange(event.target.valueAsNumber);
          }}
        />
      </div>
      {problem === undefined ? null : (
        <p id={`${id}-problem`} className={styles.problem} role="alert">
          {problem}
        </p>
      )}
    </Row>
  );
}
