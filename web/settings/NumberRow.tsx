import { messages } from "../ui/messages.js";
import { NumberField } from "./NumberField.js";
import { limitsOf, type NumberRowShape } from "./numberRows.js";

interface Props {
  shape: NumberRowShape;
  /** The scope's own value. */
  own: number | undefined;
  /** What counts without one. */
  inherited: number;
  onChange: (value: number | undefined) => void;
}

/** A parameter that is a number. */
export function NumberRow({ shape, own, inherited, onChange }: Props) {
  const [label, help] = messages.settings.rows[shape.key];
  return (
    <NumberField
      label={label}
      help={help}
      limits={limitsOf(shape)}
      slider={shape}
      own={own}
      inherited={inherited}
      onChange={onChange}
    />
  );
}
