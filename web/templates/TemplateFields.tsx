import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import type { PromptTemplate } from "../../server/protocol/conversation.js";
import { Button } from "../ui/Button.js";
import { messages } from "../ui/messages.js";
import { useEscape } from "../ui/useEscape.js";
import { useMediaQuery } from "../ui/useMediaQuery.js";
import styles from "./TemplateFields.module.css";
import { fillTemplate, templateFields, templateParts } from "./templateText.js";

interface Props {
  template: PromptTemplate;
  /** What the button says that ends it; left out: that of the message box. */
  useLabel?: string;
  /** It cannot be used now; what is filled in stays until it can. */
  disabled?: boolean;
  onFilled: (text: string) => void;
  onCancel: () => void;
}

/** What a template asks for, field by field, and what it becomes. One that asks for nothing is filled at once. */
export default function TemplateFields({ template, useLabel, disabled = false, onFilled, onCancel }: Props) {
  const fields = templateFields(template.text);
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const group = useRef<HTMLFieldSetElement>(null);
  const touch = useMediaQuery("(pointer: coarse)");
  const id = useId();
  const words = messages.templates;
  const done = () => {
    if (!disabled) onFilled(fillTemplate(template.text, values));
  };

  useEscape(true, () => {
    onCancel();
    return true;
  });
  useEffect(() => {
    group.current?.querySelector("textarea")?.focus();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once, when the template is chosen or can first be used.
  useEffect(() => {
    if (fields.length === 0) done();
  }, [disabled]);
  if (fields.length === 0) return null;

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>, index: number) => {
    if (event.key !== "Enter" || event.shiftKey || event.altKey || touch) return;
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    const next = group.current?.querySelectorAll("textarea")[index + 1];
    if (next && !event.ctrlKey && !event.metaKey) next.focus();
    else done();
  };
  return (
    <fieldset ref={group} className={styles.card} aria-label={words.fieldsLabel(template.name)}>
      <p className={styles.title}>{template.name}</p>
      {fields.map((field, index) => (
        <div key={field} className={styles.field}>
          <label htmlFor={`${id}-${field}`}>{fieldLabel(field)}</label>
          <textarea
            id={`${id}-${field}`}
            rows={1}
            className={styles.input}
            value={values[field] ?? ""}
            onChange={({ target }) => setValues({ ...values, [field]: target.value })}
            onKeyDown={(event) => onKeyDown(event, index)}
          />
        </div>
      ))}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section className={styles.preview} aria-label={words.preview} tabIndex={0}>
        {templateParts(template.text).map((part, index) =>
          "field" in part ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never change their places.
            <mark key={index}>{values[part.field] || `{{${part.field}}}`}</mark>
          ) : (
            part.text
          ),
        )}
      </section>
      <div className={styles.buttons}>
        {touch ? null : <p className={styles.hint}>{words.fieldsHint}</p>}
        <Button onClick={onCancel}>{words.cancel}</Button>
        <Button look="accent" disabled={disabled} onClick={done}>
          {useLabel ?? words.use}
        </Button>
      </div>
    </fieldset>
  );
}

/** `first_name` becomes `First name`. */
function fieldLabel(field: string): string {
  const words = field.replace(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
