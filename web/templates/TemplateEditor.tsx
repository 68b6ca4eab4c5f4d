import { useEffect, useId, useRef, useState } from "react";
import type { PromptTemplate } from "../../server/protocol/conversation.js";
import { useActions } from "../state/AppContext.js";
import { AskFirst } from "../ui/AskFirst.js";
import { announce } from "../ui/announce.js";
import { Button } from "../ui/Button.js";
import { messages } from "../ui/messages.js";
import { ProblemNotice } from "../ui/ProblemNotice.js";
import { useProblem } from "../ui/useProblem.js";
import styles from "./TemplatesDialog.module.css";
import { freeName, isTemplateName, templateFields } from "./templateText.js";

/** As the protocol's limit, which is a value and so cannot be imported here. */
const maxLength = 20_000;

interface Props {
  /** Undefined: a new one. */
  template: PromptTemplate | undefined;
  ownNames: readonly string[];
  /** With the name of what was saved, or nothing. */
  onDone: (name?: string) => void;
}

/** One template: to write, to delete, or, where it cannot be changed, to copy. */
export function TemplateEditor({ template, ownNames, onDone }: Props) {
  const { saveTemplate, deleteTemplate } = useActions();
  const { problem, busy, attempt } = useProblem();
  const [copied, setCopied] = useState(false);
  const [name, setName] = useState(template?.name ?? "");
  const [text, setText] = useState(template?.text ?? "");
  const form = useRef<HTMLFormElement>(null);
  const id = useId();
  const words = messages.templates;
  const isOwn = template?.editable === true && isTemplateName(template.name) && !copied;
  const locked = template !== undefined && !isOwn && !copied;
  const before = isOwn ? template.name : undefined;
  const cleanName = name.trim();
  const taken = cleanName !== before && ownNames.includes(cleanName);
  const badName = name !== "" && !isTemplateName(cleanName);
  const fields = templateFields(text);
  const sendable = isTemplateName(cleanName) && !taken && text.trim() !== "" && !busy;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a copy is another thing to write in.
  useEffect(() => {
    form.current?.querySelector<HTMLElement>(locked ? "button" : "input")?.focus();
  }, [copied]);
  const save = async () => {
    if (!sendable || !(await attempt(() => saveTemplate(cleanName, text, before)))) return;
    announce(words.saved(cleanName));
    onDone(cleanName);
  };
  const remove = async () => {
    if (before === undefined || !(await attempt(() => deleteTemplate(before)))) return;
    announce(words.removed(before));
    onDone("");
  };
  const copy = () => {
    const base = isTemplateName(name) ? words.copyName(name).slice(0, 56) : words.add;
    setName(freeName(base, ownNames));
    setCopied(true);
  };

  return (
    <form
      ref={form}
      className={styles.editor}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {locked ? <p className={styles.note}>{template.editable ? words.fileOnly : words.builtIn}</p> : null}
      <div className={styles.field}>
        <label htmlFor={`${id}-name`}>{words.name}</label>
        <input
          id={`${id}-name`}
          value={name}
          maxLength={60}
          readOnly={locked}
          autoComplete="off"
          aria-invalid={badName || taken}
          aria-describedby={`${id}-rule`}
          onChange={({ target }) => setName(target.value)}
        />
        {badName || taken ? (
          <p id={`${id}-rule`} className={styles.problem} role="alert">
            {taken ? words.nameTaken : words.nameRule}
          </p>
        ) : null}
      </div>
      <div className={styles.field}>
        <label htmlFor={`${id}-text`}>{words.text}</label>
        <textarea
          id={`${id}-text`}
          rows={8}
          value={text}
          maxLength={maxLength}
          readOnly={locked}
          aria-describedby={`${id}-fields`}
          onChange={({ target }) => setText(target.value)}
        />
        <p id={`${id}-fields`} className={styles.note}>
          {fields.length > 0 ? words.fields(fields.join(", ")) : words.noFields}
        </p>
      </div>
      <ProblemNotice problem={problem} />
      <div className={styles.buttons}>
        {/* Two buttons, not one that changes: the press that copies would send the form, too. */}
        {locked ? (
          <Button key="copy" look="accent" icon="copy" onClick={copy}>
            {words.copy}
          </Button>
        ) : (
          <Button key="save" type="submit" look="accent" disabled={!sendable}>
            {words.save}
          </Button>
        )}
        <Button onClick={() => onDone()}>{words.back}</Button>
        {isOwn ? (
          <AskFirst
            text={words.remove}
            label={words.removeName(template.name)}
            icon="trash"
            question={words.removeAsk(template.name)}
            yes={words.remove}
            onYes={() => void remove()}
          />
        ) : null}
      </div>
    </form>
  );
}
