import { useId, useState } from "react";
import { messages } from "../ui/messages.js";
import { type NumberLimits, readNumberIn, sliderFraction } from "./numberRows.js";
import { Row } from "./Row.js";
import styles from "./SettingsPanel.module.css";

interface Props {
  label: string;
  help: string;
  /** What the box takes, more than the slider. */
  limits: NumberLimits;
  slider: { sliderMin: number; sliderMax: number; step: number };
  /** Chosen here. */
  own: number | undefined;
  /** What counts without one. */
  inherited: number;
  disabled?: boolean;
  onChange: (value: number | undefined) => void;
}

/** A number, by slider and by box; a mark shows where the default is. */
export function NumberField({ label, help, limits, slider, own, inherited, disabled = false, onChange }: Props) {
  const id = useId();
  const words = messages.settings;
  const value = own ?? inherited;
  // What is being typed, as long as it is in the box: "0." must not become "0" under one's fingers.
  const [typed, setTyped] = useState<string | undefined>();
  const read = typed === undefined ? undefined : readNumberIn(limits, typed);
  const problem = read && "problem" in read ? read.problem : undefined;
  const type = (text: string) => {
    setTyped(text);
    const next = readNumberIn(limits, text);
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
          inputMode={slider.sliderMin < 0 ? "text" : "decimal"}
          step={slider.step}
          value={typed ?? value}
          disabled={disabled}
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
          style={{ insetInlineStart: `calc(8px + (100% - 16px) * ${sliderFraction(slider, inherited)})` }}
        />
        <input
          type="range"
          min={slider.sliderMin}
          max={slider.sliderMax}
          step={slider.step}
          value={value}
          disabled={disabled}
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
